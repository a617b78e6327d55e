package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.internal.dialect.innodb.ServerProduct;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the engine selects to convert one column, for a test that asks the server about it. */
public final class ConversionProbe {

  private final ProductSql product;
  private final InnodbColumn from;
  private final InnodbColumn to;
  private final Conversion conversion;

  private ConversionProbe(ProductSql product, InnodbColumn from, InnodbColumn to) {
    this.product = product;
    this.from = from;
    this.to = to;
    this.conversion = new Conversion(from, to);
  }

  /** A server's columns. */
  public record Columns(Connection connection, String schema, boolean mariaDb) {

    /** The column {@code v} of a table. */
    public InnodbColumn of(String table) throws SQLException {
      return InnodbTableDefinition.read(product(), connection, new TableName(schema, table))
          .column("v")
          .orElseThrow();
    }

    public ConversionProbe conversion(InnodbColumn from, InnodbColumn to) {
      return new ConversionProbe(product(), from, to);
    }

    private ProductSql product() {
      return ServerProduct.of(mariaDb);
    }
  }

  /** What the copy selects. */
  public String copied(String ref) {
    return conversion.copied(ref, product);
  }

  /** The condition under which the copy refuses a row. */
  public String refused(String ref, String sqlMode) {
    List<String> refused = conversion.refused(ref, product, ZeroDates.of(sqlMode));
    return refused.isEmpty()
        ? "FALSE"
        : refused.stream().map(r -> "(" + r + ")").collect(Collectors.joining(" OR "));
  }

  /** A condition that is true where the expression that verification uses is equal to a value. */
  public Optional<String> verified(String ref, String stored) {
    return conversion
        .exact(ref)
        .map(
            e ->
                "(CONCAT_WS('#', %s) <=> CONCAT_WS('#', %s) AND (%s IS NULL) = (%s IS NULL))"
                    .formatted(
                        String.join(", ", Conversion.digestible(to, e)),
                        String.join(", ", Conversion.digestible(to, stored)),
                        e,
                        stored));
  }

  /** True when the engine knows that the server does it in another way. */
  public boolean knownToDiffer() {
    return Conversions.of(product).differ(from, to);
  }

  /** The bare types. */
  public String types() {
    return from.type() + " " + to.type();
  }
}

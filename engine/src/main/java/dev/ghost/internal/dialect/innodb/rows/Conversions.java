package dev.ghost.internal.dialect.innodb.rows;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toUnmodifiableSet;

import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Set;

/**
 * The pairs of types between which ghost does not convert every value as the server's own ALTER
 * does: ghost stores another value, or stores one that the server refuses. {@code
 * ConversionMatrixTest} asks the servers about all pairs, and writes the lists.
 *
 * @param different the bare types, {@code char bit}
 */
public record Conversions(Set<String> different) {

  /** Reads the list of a product. */
  public static Conversions of(ProductSql product) {
    String name = "conversions-%s.txt".formatted(product.name().toLowerCase(Locale.ROOT));
    try (InputStream list = Conversions.class.getResourceAsStream(name)) {
      return new Conversions(
          new String(list.readAllBytes(), UTF_8)
              .lines()
              .filter(l -> !l.startsWith("#"))
              .collect(toUnmodifiableSet()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name, e);
    }
  }

  public boolean differ(InnodbColumn from, InnodbColumn to) {
    return !from.sameTypeAs(to) && different.contains(from.type() + " " + to.type());
  }
}

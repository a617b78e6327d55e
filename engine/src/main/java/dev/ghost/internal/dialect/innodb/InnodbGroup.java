package dev.ghost.internal.dialect.innodb;

import dev.ghost.internal.dialect.StreamSpec;
import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.dialect.TableGroup;
import java.util.List;

/** InnoDB tables that follow one binary log and are swapped at the same moment. */
record InnodbGroup(Product product, List<InnodbMigration> planned) implements TableGroup {

  @Override
  public void refuseTogether() {
    InnodbMigration.refuseTogether(planned);
  }

  @Override
  public StreamSpec stream() {
    InnodbInspection inspection = planned.get(0).inspection();
    return product.stream(
        inspection.facts(),
        inspection.address(),
        planned.stream().map(InnodbMigration::logged).toList());
  }

  @Override
  public Swap swap() {
    return product.swap(planned);
  }
}

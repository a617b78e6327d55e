package dev.ghost.internal.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.RefusedException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TakenNameTest {

  @ParameterizedTest
  @CsvSource({
    "table, a table, DROP TABLE",
    "view, a view, DROP VIEW",
    "materialized view, a materialized view, DROP MATERIALIZED VIEW",
    "index, an index, DROP INDEX",
  })
  void whatHasTheNameIsDroppedAsWhatItIs(String kind, String told, String drop) {
    RefusedException refused =
        new TakenName(new TableName("shop", "orders_old"), kind, "`shop`.`orders_old`").refusal();
    assertThat(refused.what()).contains("shop.orders_old is taken by " + told + " that");
    assertThat(refused.remedy()).endsWith(drop + " `shop`.`orders_old`;");
  }
}

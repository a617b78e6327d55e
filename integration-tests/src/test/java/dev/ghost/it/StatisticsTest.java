package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Statistics that somebody has had made, and where a table is kept, are what ALTER TABLE keeps. */
@OnServers(whichHave = Ability.MYSQL_SYNTAX)
class StatisticsTest {

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(2_000);
    table("t");
    table("native");
  }

  private void table(String name) throws Exception {
    schema.execute(
        """
        CREATE TABLE %s (id INT PRIMARY KEY, a INT, s VARCHAR(40), d DATE, gone INT, wide INT,
          KEY by_a (a))
        """
            .formatted(name),
        "INSERT INTO %s SELECT i, i %% 7, CONCAT('it''s \\\\ \"', i %% 5), DATE '2020-01-01' + INTERVAL i %% 3 DAY, i, i FROM n"
            .formatted(name));
  }

  private List<String> histograms(String table) throws Exception {
    return schema.rows(
        """
        SELECT column_name, histogram->'$.buckets', histogram->'$."number-of-buckets-specified"',
               histogram->'$."auto-update"', histogram->'$."histogram-type"'
          FROM information_schema.column_statistics
         WHERE schema_name = DATABASE() AND table_name = '%s'
         ORDER BY column_name
        """
            .formatted(table));
  }

  @Needs(Ability.HISTOGRAMS)
  @Test
  void histogramsFollow() throws Exception {
    for (String table : List.of("t", "native")) {
      schema.execute(
          "ANALYZE TABLE %s UPDATE HISTOGRAM ON a, gone, wide WITH 16 BUCKETS".formatted(table),
          "ANALYZE TABLE %s UPDATE HISTOGRAM ON s, d WITH 8 BUCKETS AUTO UPDATE".formatted(table));
    }
    String change = "ADD COLUMN note INT, DROP COLUMN gone, MODIFY wide BIGINT";
    schema.execute("ALTER TABLE native " + change);
    assertThat(histograms("native")).hasSize(3);
    schema.ghost("t", change).build().run();
    assertThat(histograms("t")).isEqualTo(histograms("native"));
    assertThat(histograms("t_old")).as("the former table keeps its own").hasSize(5);
  }

  private List<String> statistics(String table) throws Exception {
    return List.of(
        schema
            .rows(
                "SELECT column_name, min_value, max_value, nulls_ratio, avg_frequency, HEX(histogram) FROM mysql.column_stats WHERE db_name = DATABASE() AND table_name = '%s' ORDER BY 1"
                    .formatted(table))
            .toString(),
        schema
            .rows(
                "SELECT index_name, prefix_arity, avg_frequency FROM mysql.index_stats WHERE db_name = DATABASE() AND table_name = '%s' ORDER BY 1, 2"
                    .formatted(table))
            .toString(),
        schema
            .rows(
                "SELECT cardinality FROM mysql.table_stats WHERE db_name = DATABASE() AND table_name = '%s'"
                    .formatted(table))
            .toString());
  }

  @Needs(Ability.STATISTICS_TABLES)
  @Test
  void tablesOfStatisticsFollow() throws Exception {
    schema.execute("ANALYZE TABLE t PERSISTENT FOR ALL", "ANALYZE TABLE native PERSISTENT FOR ALL");
    List<String> before = statistics("t");
    assertThat(before.get(0)).contains("wide");
    String change = "ADD COLUMN note INT, DROP COLUMN gone, CHANGE s title VARCHAR(40)";
    schema.execute("ALTER TABLE native " + change);
    schema.ghost("t", change).build().run();
    assertThat(statistics("t")).isEqualTo(statistics("native"));
    assertThat(statistics("t").get(0)).contains("title").doesNotContain("gone");
    assertThat(statistics("t_old")).isEqualTo(before);
  }

  @Needs(Ability.DATA_DIRECTORY)
  @Test
  void theDirectoryStaysTheSame() throws Exception {
    schema.execute(
        """
        CREATE TABLE d (id INT PRIMARY KEY, v INT, up INT, KEY (up),
          CONSTRAINT to_itself FOREIGN KEY (up) REFERENCES d (id), CONSTRAINT few CHECK (v < 9000))
          COMMENT = 'kept' DATA DIRECTORY = '/tmp'
        """,
        "INSERT INTO d SELECT i, i, 1 FROM n");
    String before = schema.value("SHOW CREATE TABLE d");
    assumeTrue(before.contains("DATA DIRECTORY"), "the server takes no directories");
    schema.ghost("d", "ADD COLUMN note INT AFTER id").build().run();
    assertThat(schema.value("SHOW CREATE TABLE d").replace("  `note` int(11) DEFAULT NULL,\n", ""))
        .isEqualTo(before);
    assertThat(schema.count("d")).isEqualTo(2_000);
  }
}

package dev.ghost.internal.dialect.postgres.schema;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Styles of dates are put together as the server does it. */
class PostgresUserSettingsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ISO, MDY       | iso, mdy
          DMY            | iso, dmy
          German         | german, dmy
          YMD, German    | german, ymd
          SQL, European  | sql, dmy
          postgres,us    | postgres, mdy
          ISO            | iso, mdy
          """)
  void oneStyle(String given, String made) {
    assertThat(PostgresUserSettings.dateStyle(given)).isEqualTo(made);
  }

  @Test
  void whatAStyleLeavesOutIsAsBefore() {
    assertThat(PostgresUserSettings.dateStyle("iso, dmy", "SQL")).isEqualTo("sql, dmy");
    assertThat(PostgresUserSettings.dateStyle("SQL, DMY", "ymd")).isEqualTo("sql, ymd");
    assertThat(PostgresUserSettings.dateStyle("German", "")).isEqualTo("german, dmy");
    assertThat(PostgresUserSettings.dateStyle("German", "default")).isEqualTo("iso, mdy");
  }
}

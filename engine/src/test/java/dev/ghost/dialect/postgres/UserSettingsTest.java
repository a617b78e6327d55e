package dev.ghost.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Styles of dates are put together as the server does it. */
class UserSettingsTest {

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
    assertThat(UserSettings.dateStyle(given)).isEqualTo(made);
  }

  @Test
  void whatAStyleLeavesOutIsAsBefore() {
    assertThat(UserSettings.dateStyle("iso, dmy", "SQL")).isEqualTo("sql, dmy");
    assertThat(UserSettings.dateStyle("SQL, DMY", "ymd")).isEqualTo("sql, ymd");
    assertThat(UserSettings.dateStyle("German", "")).isEqualTo("german, dmy");
    assertThat(UserSettings.dateStyle("German", "default")).isEqualTo("iso, mdy");
  }
}

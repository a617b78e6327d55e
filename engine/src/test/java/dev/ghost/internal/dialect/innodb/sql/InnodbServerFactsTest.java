package dev.ghost.internal.dialect.innodb.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class InnodbServerFactsTest {

  @Test
  void theNameOfATimeZoneKeepsItsCase() {
    InnodbServerFacts facts = InnodbServerFacts.of(Map.of("time_zone", "Europe/Berlin"));
    assertThat(facts.timeZone()).isEqualTo("Europe/Berlin");
    assertThat(InnodbServerFacts.of(Map.of()).timeZone()).isEqualTo("SYSTEM");
  }

  @Test
  void wordsAreComparedWhateverTheirCase() {
    InnodbServerFacts facts =
        InnodbServerFacts.of(
            Map.of("Binlog_Format", "row", "version", "10.11.6-MariaDB-log", "log_bin", "ON"));
    assertThat(facts.get("binlog_format", "MIXED")).isEqualTo("ROW");
    assertThat(facts.get("log_bin", "OFF")).isEqualTo("ON");
    assertThat(facts.get("gone", "Off")).isEqualTo("OFF");
    assertThat(facts.version()).isEqualTo("10.11.6");
    assertThat(facts.atLeast(10, 11, 6)).isTrue();
    assertThat(facts.atLeast(10, 11, 7)).isFalse();
  }
}

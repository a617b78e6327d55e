package dev.ghost.internal.dialect.innodb;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a server says of the real table, and not of an empty one, is a reason to try another way.
 */
class InnodbDirectTest {

  @ParameterizedTest
  @CsvSource({
    "1845, true, not supported",
    "1846, true, not supported for a reason",
    "4092, true, too many versions of rows",
    "4093, true, a row could become too long",
    "1118, true, a row is too long",
    "1799, true, too many changes while it was at work",
    "1062, false, a duplicate",
    "1265, false, a value that does not fit",
    "1205, false, a lock was not to be had",
    "1317, false, it was ended",
    "1142, false, a privilege is missing",
    "1064, false, syntax",
    "2013, false, the connection is lost",
    "0, false, the driver's own word"
  })
  void aRefusalOfTheTableItself(int code, boolean aboutTable, String what) {
    assertThat(InnodbDirect.isAboutTable(new SQLException(what, "HY000", code)))
        .as(what)
        .isEqualTo(aboutTable);
  }
}

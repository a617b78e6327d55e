package dev.ghost.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.ExitCode;
import dev.ghost.api.GhostException;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.mariadb.MariaDbDriver;
import dev.ghost.internal.dialect.mysql.MySqlDriver;
import dev.ghost.internal.dialect.postgres.PostgresDriver;
import java.io.EOFException;
import java.net.ConnectException;
import java.security.cert.CertificateException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the servers' errors come to: a fault, and the exit code that goes with it. */
class ServerErrorsTest {

  private static final String STATE = "The source is untouched.";

  static List<Driver> drivers() {
    return List.of(new MySqlDriver(), new MariaDbDriver(), new PostgresDriver());
  }

  static List<Driver> binlogDrivers() {
    return List.of(new MySqlDriver(), new MariaDbDriver());
  }

  @ParameterizedTest
  @CsvSource({
    // number, fault, exit code when connecting, before a run, in a run
    "1045, LOGIN, 9, 9, 9",
    "1698, LOGIN, 9, 9, 9",
    "1129, LOGIN, 9, 9, 9",
    "1130, LOGIN, 9, 9, 9",
    "1524, LOGIN, 9, 9, 9",
    "1820, LOGIN, 9, 9, 9",
    "1862, LOGIN, 9, 9, 9",
    "3118, LOGIN, 9, 9, 9",
    "4151, LOGIN, 9, 9, 9",
    "1044, DENIED, 9, 3, 10",
    "1142, DENIED, 9, 3, 10",
    "1049, NO_SCHEMA, 3, 3, 10",
    "1146, NO_TABLE, 3, 3, 10",
    "1064, SYNTAX, 3, 1, 1",
    "1040, CONNECTION_LOST, 7, 7, 7",
    "1203, CONNECTION_LOST, 7, 7, 7",
    "2013, CONNECTION_LOST, 7, 7, 7",
    "1205, LOCK_TIMEOUT, 7, 7, 7",
    "1213, DEADLOCK, 7, 7, 7",
    "1317, KILLED, 7, 7, 7",
    "1021, DISK_FULL, 3, 7, 7",
    "1038, UNABLE, 7, 7, 7",
    "1054, ALTERED, 3, 3, 10",
    "1290, READ_ONLY, 3, 3, 7",
    "1105, OTHER, 3, 1, 1"
  })
  void errorsOfMySqlAndMariaDb(
      int number, ErrorClass errorClass, int connecting, int before, int in) {
    for (Driver driver : binlogDrivers()) {
      check(driver, new SQLException("said", "HY000", number), errorClass, connecting, before, in);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "28P01, LOGIN, 9, 9, 9",
    "28000, LOGIN, 9, 9, 9",
    "08004, LOGIN, 9, 9, 9",
    "42501, DENIED, 9, 3, 10",
    "3D000, NO_SCHEMA, 3, 3, 10",
    "3F000, NO_SCHEMA, 3, 3, 10",
    "42P01, NO_TABLE, 3, 3, 10",
    "42601, SYNTAX, 3, 1, 1",
    "08001, CONNECTION_LOST, 7, 7, 7",
    "08006, CONNECTION_LOST, 7, 7, 7",
    "53300, CONNECTION_LOST, 7, 7, 7",
    "57P01, CONNECTION_LOST, 7, 7, 7",
    "57P03, CONNECTION_LOST, 7, 7, 7",
    "55P03, LOCK_TIMEOUT, 7, 7, 7",
    "40P01, DEADLOCK, 7, 7, 7",
    "57014, KILLED, 7, 7, 7",
    "53100, DISK_FULL, 3, 7, 7",
    "53200, UNABLE, 7, 7, 7",
    "58030, UNABLE, 7, 7, 7",
    "42703, ALTERED, 3, 3, 10",
    "25006, READ_ONLY, 3, 3, 7",
    "XX000, OTHER, 3, 1, 1"
  })
  void errorsOfPostgres(String state, ErrorClass errorClass, int connecting, int before, int in) {
    check(
        new PostgresDriver(), new SQLException("said", state), errorClass, connecting, before, in);
  }

  private static void check(
      Driver driver, SQLException e, ErrorClass errorClass, int connecting, int before, int in) {
    ServerErrors errors = new ServerErrors(driver);
    assertThat(errors.errorClass(e)).isEqualTo(errorClass);
    assertThat(errors.connecting(e, "It").exitCode().number()).isEqualTo(connecting);
    assertThat(errors.beforeRun(e).exitCode().number()).isEqualTo(before);
    assertThat(errors.inRun(e, STATE).exitCode().number()).isEqualTo(in);
  }

  @ParameterizedTest
  @MethodSource("drivers")
  void whatAPoolWrapsIsLookedInto(Driver driver) {
    ServerErrors errors = new ServerErrors(driver);
    SQLException login = new SQLException("Access denied", "28000", login(driver));
    assertThat(errors.errorClass(wrapped(login))).isEqualTo(ErrorClass.LOGIN);
    SQLException refused = new SQLException("Connection refused", "08001", new ConnectException());
    assertThat(errors.errorClass(wrapped(refused))).isEqualTo(ErrorClass.CONNECTION_LOST);
    assertThat(errors.errorClass(new SQLTransientConnectionException("timed out after 15000ms")))
        .isEqualTo(ErrorClass.CONNECTION_LOST);
  }

  private static int login(Driver driver) {
    return driver instanceof PostgresDriver ? 0 : 1045;
  }

  /** As HikariCP does, which has the state of what it wraps, and no number. */
  private static SQLException wrapped(SQLException cause) {
    return new SQLTransientConnectionException(
        "ghost - Connection is not available, request timed out after 15000ms",
        cause.getSQLState(),
        cause);
  }

  @ParameterizedTest
  @MethodSource("drivers")
  void aServerThatIsNotTrustedIsALoginThatFailed(Driver driver) {
    SSLHandshakeException handshake = new SSLHandshakeException("PKIX path building failed");
    handshake.initCause(new CertificateException("no trusted certificate"));
    GhostException e =
        new ServerErrors(driver)
            .connecting(new SQLException("Link failure", "08S01", handshake), "The server at db1");
    assertThat(e.exitCode()).isEqualTo(ExitCode.LOGIN_REFUSED);
    assertThat(e).hasMessageContaining("The server at db1 is not trusted");
    assertThat(e.remedy()).contains("--ssl-ca").contains("--ssl-mode");
  }

  @ParameterizedTest
  @MethodSource("drivers")
  void aHandshakeThatIsCutCanPass(Driver driver) {
    SSLHandshakeException handshake =
        new SSLHandshakeException("Remote host terminated the handshake");
    handshake.initCause(new EOFException("SSL peer shut down incorrectly"));
    SQLException e = new SQLException("Link failure", "08S01", handshake);
    assertThat(new ServerErrors(driver).connecting(e, "It").exitCode())
        .isEqualTo(ExitCode.INTERRUPTED);
  }

  @Test
  void aCertificateForAnotherHostIsSeenInWhatDriversSay() {
    SQLException postgres =
        new SQLException(
            "The hostname db1 could not be verified by hostnameverifier PgjdbcHostnameVerifier.",
            "08006");
    assertThat(new ServerErrors(new PostgresDriver()).errorClass(postgres))
        .isEqualTo(ErrorClass.LOGIN);
    SQLException mariaDb =
        new SQLException("SSL hostname verification failed : IPv4 host \"10.0.0.1\"", "08000");
    assertThat(new ServerErrors(new MariaDbDriver()).errorClass(mariaDb))
        .isEqualTo(ErrorClass.LOGIN);
  }

  @Test
  void whatIsCopiedIsKeptUnlessItIsInTheWay() {
    ServerErrors errors = new ServerErrors(new MySqlDriver());
    assertThat(errors.inRun(new SQLException("", "", 2013), STATE).resumable()).isTrue();
    assertThat(errors.inRun(new SQLException("", "", 1045), STATE).resumable()).isTrue();
    assertThat(errors.inRun(new SQLException("", "", 1142), STATE).resumable()).isTrue();
    assertThat(errors.inRun(new SQLException("", "", 1105), STATE).resumable()).isTrue();
    assertThat(errors.inRun(new SQLException("", "", 1021), STATE).resumable()).isFalse();
    assertThat(errors.inRun(new SQLException("", "", 1146), STATE).resumable()).isFalse();
  }

  @Test
  void theMessageCarriesWhatHappenedAndTheRemedy() {
    GhostException e =
        new ServerErrors(new MySqlDriver())
            .inRun(new SQLException("Table 'shop.t' doesn't exist", "42S02", 1146), STATE);
    assertThat(e.getMessage()).contains("MySQL said: Table 'shop.t'").contains(e.remedy());
    assertThat(e.what()).doesNotContain(e.remedy());
  }
}

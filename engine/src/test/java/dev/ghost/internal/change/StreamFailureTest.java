package dev.ghost.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.ExitCode;
import dev.ghost.api.GhostException;
import dev.ghost.api.InterferenceException;
import dev.ghost.api.StoppedException;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.StreamSpec;
import io.debezium.DebeziumException;
import io.debezium.text.ParsingException;
import io.debezium.text.Position;
import java.io.EOFException;
import java.lang.reflect.Proxy;
import java.security.cert.CertificateException;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;

/** What is told of a change stream that has ended. */
class StreamFailureTest {

  private static GhostException told(ErrorClass errorClass, Throwable error) {
    return failures(errorClass).told("it ended", error);
  }

  private static StreamFailure failures(ErrorClass errorClass) {
    return new StreamFailure(
        (StreamSpec)
            Proxy.newProxyInstance(
                StreamSpec.class.getClassLoader(),
                new Class<?>[] {StreamSpec.class},
                (proxy, method, args) -> errorClass));
  }

  @Test
  void whatOurReaderSaysIsToldAsItIs() {
    InterferenceException own = new InterferenceException("logs statements", "log rows");
    assertThat(told(ErrorClass.OTHER, new DebeziumException(new RuntimeException(own))))
        .isSameAs(own);
  }

  @Test
  void aLogThatIsGoneDoesNotComeBack() {
    for (String said :
        new String[] {
          "The connector ... but this is no longer available on the server. Reconfigure",
          "Could not find first log file name in binary log index file",
          "the master has purged binary logs containing GTIDs that the slave requires"
        }) {
      GhostException e = told(ErrorClass.OTHER, new DebeziumException(said));
      assertThat(e.exitCode()).isEqualTo(ExitCode.INTERFERENCE);
      assertThat(e.resumable()).isFalse();
    }
  }

  @Test
  void aRefusedLoginAndAnUnknownAuthorityAreNine() {
    assertThat(told(ErrorClass.LOGIN, new DebeziumException("denied")).exitCode())
        .isEqualTo(ExitCode.LOGIN_REFUSED);
    assertThat(
            told(ErrorClass.OTHER, new DebeziumException(new CertificateException("self-signed")))
                .exitCode())
        .isEqualTo(ExitCode.LOGIN_REFUSED);
  }

  @Test
  void aLostConnectionCanPass() {
    assertThat(told(ErrorClass.OTHER, new DebeziumException(new EOFException("end"))).exitCode())
        .isEqualTo(ExitCode.INTERRUPTED);
    assertThat(told(ErrorClass.OTHER, null).exitCode()).isEqualTo(ExitCode.INTERRUPTED);
  }

  @Test
  void anEndWithoutAReasonIsToldToo() {
    assertThat(failures(ErrorClass.OTHER).told(null, null).exitCode())
        .isEqualTo(ExitCode.INTERRUPTED);
    assertThat(failures(ErrorClass.LOGIN).told("denied", null))
        .hasMessageContaining("denied")
        .extracting(GhostException::exitCode)
        .isEqualTo(ExitCode.LOGIN_REFUSED);
  }

  @Test
  void whatCannotBeReadCannotBeReadLaterEither() {
    assertThat(told(ErrorClass.OTHER, new DataException("no such field")).exitCode())
        .isEqualTo(ExitCode.BUG);
    assertThat(
            told(ErrorClass.OTHER, new ParsingException(new Position(0, 1, 1), "no DDL"))
                .exitCode())
        .isEqualTo(ExitCode.BUG);
  }

  @Test
  void aPrivilegeThatWasTakenAwayIsTen() {
    GhostException e = told(ErrorClass.DENIED, new DebeziumException("REPLICATION SLAVE"));
    assertThat(e.exitCode()).isEqualTo(ExitCode.INTERFERENCE);
    assertThat(e.resumable()).isTrue();
  }

  /** Debezium gives no cause where it could not connect, but says what the driver said. */
  @Test
  void anUnknownAuthorityThatIsOnlySpokenOfIsNine() {
    StreamFailure failures = failures(ErrorClass.OTHER);
    String said = "Unable to connect: PKIX path validation failed: signature check failed";
    assertThat(failures.told(said, null).exitCode()).isEqualTo(ExitCode.LOGIN_REFUSED);
    assertThat(failures.isTransient(said, null)).isFalse();
  }

  @Test
  void onlyALostConnectionIsReadAgain() {
    StreamFailure failures = failures(ErrorClass.OTHER);
    assertThat(failures.isTransient("ended", new DebeziumException(new EOFException()))).isTrue();
    assertThat(failures.isTransient("ended", new DataException("no such field"))).isFalse();
    GhostException own = new StoppedException("what our reader says", "");
    assertThat(failures.isTransient("ended", new DebeziumException(own))).isFalse();
  }
}

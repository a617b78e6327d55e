package dev.ghost.internal.dialect.postgres.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** Errors that a pooler makes are told from those of the server. */
class PoolersTest {

  @Test
  void aParameterThatItDoesNotKnow() {
    SQLException error =
        new SQLException("FATAL: unsupported startup parameter: replication", "08P01");
    assertThat(Poolers.refusal(error).orElseThrow())
        .hasMessageContaining("unsupported startup parameter: replication")
        .hasMessageContaining("Connect to the server directly");
  }

  /** One of ghost's pools says only that there was no connection. */
  @Test
  void statementModeAlsoAsTheCause() {
    SQLException error =
        new SQLException(
            "ghost - Connection is not available, request timed out after 15000ms",
            "08P01",
            new SQLException(
                "FATAL: transaction blocks not allowed in statement pooling mode", "08P01"));
    assertThat(Poolers.refusal(error).orElseThrow()).hasMessageContaining("statement mode");
  }

  @Test
  void theServersOwnAreNot() {
    assertThat(Poolers.refusal(new SQLException("terminating connection", "57P01"))).isEmpty();
  }
}

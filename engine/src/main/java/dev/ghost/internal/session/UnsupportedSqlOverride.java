package dev.ghost.internal.session;

import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;

/** A statement that the server does not support is no reason to give the connection up. */
final class UnsupportedSqlOverride implements SQLExceptionOverride {

  private static final String UNSUPPORTED = "0A000";

  @java.lang.Override
  public SQLExceptionOverride.Override adjudicate(SQLException error) {
    return UNSUPPORTED.equals(error.getSQLState())
        ? SQLExceptionOverride.Override.DO_NOT_EVICT
        : SQLExceptionOverride.Override.CONTINUE_EVICT;
  }
}

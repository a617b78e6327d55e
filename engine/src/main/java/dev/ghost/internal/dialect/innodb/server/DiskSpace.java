package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.request.TableName;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.OptionalLong;

/**
 * Room for the ghost. The server does not tell how much is free, so only a server on this very
 * machine can be asked, through its data directory.
 */
public final class DiskSpace {

  private DiskSpace() {}

  /**
   * Refuses when the ghost and its share of the binary log do not fit.
   *
   * @param bytes the source with its indexes
   */
  public static void refuseTooLittle(Connection c, TableName source, long bytes)
      throws SQLException {
    OptionalLong free = free(c);
    if (free.isPresent() && free.getAsLong() < 2 * bytes) {
      throw new RefusedException(
          "%s takes %d MB; the ghost and the binary log take up to twice that, and %d MB are free."
              .formatted(source, bytes >> 20, free.getAsLong() >> 20),
          "Free some space, or purge old binary logs: PURGE BINARY LOGS BEFORE NOW() - INTERVAL 1"
              + " DAY;");
    }
  }

  /** Bytes that are free; empty where the server does not let us know. */
  static OptionalLong free(Connection c) throws SQLException {
    String host;
    String folder;
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SELECT @@hostname, @@datadir")) {
      rs.next();
      host = rs.getString(1);
      folder = rs.getString(2);
    }
    Path data = Path.of(folder);
    try {
      boolean here = InetAddress.getLocalHost().getHostName().equals(host);
      return here && Files.isDirectory(data)
          ? OptionalLong.of(Files.getFileStore(data).getUsableSpace())
          : OptionalLong.empty();
    } catch (IOException e) {
      // This machine does not know its own name, so the server's says nothing either; or we may not
      // look at its directory. Then nobody knows, as on any other machine.
      return OptionalLong.empty();
    }
  }
}

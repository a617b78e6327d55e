package dev.ghost.internal.dialect.mysql.connector;

import dev.ghost.internal.dialect.innodb.connector.SecuredClient;
import io.debezium.connector.mysql.MySqlConnectorConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** A reader of the log that can ask for what comes after GTIDs with tags. */
final class TaggedClient extends SecuredClient {

  /** COM_BINLOG_DUMP_GTID, as the protocol numbers it. */
  private static final int DUMP_GTID = 0x1e;

  /** Where the first event of a file is. */
  private static final long FIRST = 4;

  /** What the stream has already; null where it begins at a place in a file. */
  private volatile @Nullable Gtids gtids;

  TaggedClient(MySqlConnectorConfig config) {
    super(config.getHostName(), config.getPort(), config.getUserName(), config.getPassword());
  }

  /** A place in a file goes before: Debezium gives one where the offset has no GTIDs. */
  @Override
  public void setGtidSet(String text) {
    if (getBinlogFilename() == null) {
      setBinlogFilename("");
      gtids = Gtids.of(text);
    }
  }

  @Override
  protected void requestLog() throws IOException {
    Gtids known = gtids;
    if (known == null) {
      super.requestLog();
    } else {
      channel.write(() -> dumpAfter(known));
    }
  }

  private byte[] dumpAfter(Gtids known) {
    byte[] set = known.encoded();
    ByteArrayOutputStream command = new ByteArrayOutputStream();
    command.write(DUMP_GTID);
    // Flags, our number as a replica, a file's name that is empty, and a place in it.
    command.writeBytes(
        ByteBuffer.allocate(22)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putShort((short) 0)
            .putInt((int) getServerId())
            .putInt(0)
            .putLong(FIRST)
            .putInt(set.length)
            .array());
    command.writeBytes(set);
    return command.toByteArray();
  }
}

package dev.ghost.internal.dialect.innodb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.fakes.Stored;
import dev.ghost.internal.dialect.innodb.schema.ForeignKey;
import dev.ghost.internal.dialect.innodb.schema.Trigger;
import dev.ghost.internal.dialect.innodb.server.InnodbAttachments;
import dev.ghost.internal.request.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** As in {@code StoredFormsTest}, of what depends on the source. */
class StoredAttachmentsTest {

  @Test
  void foreignKeysAndTriggers() {
    TableName orders = new TableName("shop", "orders");
    TableName lines = new TableName("shop", "lines");
    InnodbAttachments attachments =
        new InnodbAttachments(
            List.of(),
            List.of(
                new ForeignKey(
                    lines, "fk", List.of("o"), orders, List.of("id"), "ON DELETE CASCADE")),
            List.of(
                new Trigger(
                    "tr",
                    "AFTER",
                    "INSERT",
                    "SET @a = 1",
                    "root@%",
                    "ANSI",
                    "utf8mb4",
                    "utf8mb4_bin")));
    assertThat(attachments.text()).isEqualTo(Stored.text("attachments.json"));
    assertThat(InnodbAttachments.of(Stored.text("attachments.json"))).isEqualTo(attachments);
  }
}

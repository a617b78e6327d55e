package dev.ghost.internal.copy;

import static dev.ghost.fakes.FakeDatabase.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.fakes.FakeDatabase;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.key.CompletedRange;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.KeyOrder.Part;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In flight first, then the fence, then the rows; and every range once. */
@Timeout(20)
class CopierTest {

  private final FakeDatabase database = new FakeDatabase();
  private final List<String> story = new ArrayList<>();
  private final ChunkSize size = new ChunkSize(() -> Duration.ofSeconds(1), () -> 4);
  private final RowWriter writer =
      new RowWriter(database.driver(), database.planned(), (Set<RowKey> again) -> {});

  private final class Pacing implements Copier.Pacing {
    private final Frontier frontier;

    Pacing(Frontier frontier) {
      this.frontier = frontier;
    }

    @Override
    public void fence(Session session) {
      story.add("fence, in flight " + frontier.oldestInFlight() + ", rows " + rows());
    }

    @Override
    public void chunkFinished() {
      boolean none = frontier.oldestInFlight() == Long.MAX_VALUE;
      story.add("finished" + (none ? "" : " too early") + ", rows " + rows());
    }

    @Override
    public void giveWay(long rows, Duration took, BooleanSupplier over) {
      story.add("gives way after " + rows + (over.getAsBoolean() ? ", over" : ""));
    }

    private int rows() {
      return database.ghost.size();
    }
  }

  private Frontier frontier(CompletedRange done) {
    return new Frontier(new KeyOrder(List.of(Part.NATURAL)), done, false);
  }

  private Copier copy(Frontier frontier) throws Exception {
    Copier copier =
        new Copier(database.rows(), size, frontier, writer, worker -> new Pacing(frontier));
    copier.run(0, database.session());
    return copier;
  }

  @Test
  void aChunkIsInFlightBeforeTheFenceAndTheFenceIsBeforeItsRows() throws Exception {
    database.withRows(6);
    Frontier frontier = frontier(CompletedRange.NOTHING);
    Copier copier = copy(frontier);
    assertThat(story)
        .containsExactly(
            "gives way after 0",
            "fence, in flight 1, rows 0",
            "finished, rows 4",
            "gives way after 4",
            "fence, in flight 2, rows 4",
            "finished, rows 6",
            "gives way after 2, over");
    assertThat(database.ghost).isEqualTo(database.source);
    assertThat(copier.rowsCopied()).isEqualTo(6);
    assertThat(frontier.complete()).isTrue();
  }

  @Test
  void whatAnEarlierRunHasCopiedIsNotCopiedAgain() throws Exception {
    database.withRows(6);
    Copier copier = copy(frontier(new CompletedRange(key(4), false)));
    assertThat(copier.rowsCopied()).isEqualTo(2);
    assertThat(database.ghost).containsOnlyKeys(key(5), key(6));
    story.clear();
    assertThat(copy(frontier(CompletedRange.WHOLE)).rowsCopied()).isZero();
    assertThat(story).containsExactly("gives way after 0, over");
  }

  @Test
  void aChunkThatFailsIsNotFinished() {
    database.withRows(6).fails("write", ErrorClass.DENIED);
    Frontier frontier = frontier(CompletedRange.NOTHING);
    assertThatThrownBy(() -> copy(frontier)).isInstanceOf(SQLException.class);
    assertThat(frontier.oldestInFlight()).isOne();
    assertThat(frontier.finished()).isEqualTo(CompletedRange.NOTHING);
    assertThat(story).noneMatch(s -> s.startsWith("finished"));
  }

  @Test
  void aTableWithoutRowsIsOneChunk() throws Exception {
    Frontier frontier = frontier(CompletedRange.NOTHING);
    assertThat(copy(frontier).rowsCopied()).isZero();
    assertThat(frontier.complete()).isTrue();
  }

  @Test
  void aRangeThatCouldNotBeCutIsGivenToTheNextWhoAsks() throws Exception {
    database.withRows(6).fails("boundary", ErrorClass.DENIED);
    Frontier frontier = frontier(CompletedRange.NOTHING);
    Chunker chunker = new Chunker(database.rows(), size, CompletedRange.NOTHING);
    Session session = database.session();
    assertThatThrownBy(() -> chunker.next(session, frontier::start))
        .isInstanceOf(SQLException.class);
    assertThat(chunker.next(session, frontier::start).orElseThrow().range().after()).isNull();
  }
}

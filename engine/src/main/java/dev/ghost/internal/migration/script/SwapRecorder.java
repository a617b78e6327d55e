package dev.ghost.internal.migration.script;

import dev.ghost.api.MigrationEvent;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.Phase;

/**
 * Notes that tables are swapped, before what a later run would know it by is cleaned up; tells
 * another listener everything.
 */
record SwapRecorder(MigrationListener next, Runnable note) implements MigrationListener {

  @Override
  public void on(MigrationEvent event) {
    if (event.equals(new MigrationEvent.PhaseStarted(Phase.FINISH))) {
      note.run();
    }
    next.on(event);
  }
}

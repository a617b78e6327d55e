package dev.ghost;

import java.util.Optional;

/**
 * Collects what the changes of a script need: {@link Ghost#script} begins it. Not thread-safe.
 *
 * @since 0.1
 */
public final class ScriptBuilder extends ChangeOptions<ScriptBuilder> {

  private final String sql;
  private boolean atomic;

  ScriptBuilder(Access access, String sql) {
    super(access);
    this.sql = sql;
  }

  @Override
  ScriptBuilder self() {
    return this;
  }

  /**
   * Swaps all tables at the same moment. Each is copied and verified in its turn, and kept in step
   * until the last is ready. Each statement must alter another table, and each is made by a ghost.
   * When one cannot be made, none is; what was copied is kept. The default is false: one after the
   * other.
   */
  public ScriptBuilder atomic(boolean value) {
    atomic = value;
    return this;
  }

  /** Returns the script, which is not begun yet. */
  public Script build() {
    return new Script(
        runAccess(),
        sql,
        atomic,
        settings(changeSettings(Optional.empty())),
        acceptedPublications(),
        listener());
  }
}

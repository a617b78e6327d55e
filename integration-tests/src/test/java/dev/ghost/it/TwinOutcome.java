package dev.ghost.it;

import java.util.stream.Collectors;

/**
 * What became of a {@link TwinCase}.
 *
 * @param kind of a failure, for those of one kind are taken for the same
 * @param said by the server or ghost, or what differs
 */
record TwinOutcome(End end, String kind, String said) {

  /** How it ended. */
  enum End {
    /** The server cannot make the table. */
    INVALID,
    ALTERED,
    /** The server refuses for the sake of what depends on the table, and ghost takes that along. */
    ALTERED_BY_GHOST,
    REFUSED_BY_BOTH,
    REFUSED_BY_GHOST,
    FAILED
  }

  static TwinOutcome failed(String kind, String said) {
    return new TwinOutcome(End.FAILED, kind, said);
  }

  /** What it has in common with others for the same reason: names and values are left out. */
  String signature() {
    String plain =
        said.lines()
            .limit(3)
            .collect(Collectors.joining(" "))
            .replaceAll("`[^`]*`|'[^']*'|\"[^\"]*\"|\\b[0-9A-F]{2,}\\b|[0-9]+", "");
    return kind + " " + plain.substring(0, Math.min(200, plain.length()));
  }

  boolean failed() {
    return end == End.FAILED;
  }

  /** Tells whether another one failed for what looks like the same reason. */
  boolean like(TwinOutcome other) {
    return failed() && other.failed() && kind.equals(other.kind);
  }
}

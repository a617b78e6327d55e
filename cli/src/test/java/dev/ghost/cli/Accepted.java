package dev.ghost.cli;

import dev.ghost.api.Effect;
import dev.ghost.api.MigrationEvent;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.MigrationStatus;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;
import dev.ghost.api.ResourceUsage;
import dev.ghost.api.ServerComparison;
import dev.ghost.api.Way;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A change of which a user has accepted that ghost gives a column another value. */
final class Accepted {

  static final String DIFFERENCE =
      "v of the row with id = 7 is '1' by the server's own ALTER, and '2' where it is copied by"
          + " ghost";

  static final MigrationPlan PLAN =
      new MigrationPlan(
              "MySQL 9.7.0",
              "shop.t",
              "MODIFY v BIT(8)",
              Way.GHOST,
              List.of(),
              List.of(new Effect(Effect.Kind.BREAKING, "v becomes bit(8)", Optional.empty())),
              Optional.of("shop.t_gho"),
              Optional.of("shop.t_old"),
              Optional.of("PRIMARY (id)"),
              List.of("id", "v"),
              2_000_000,
              500_000_000,
              Duration.ofSeconds(12),
              Optional.empty(),
              List.of())
          .compared(
              Optional.of(
                  ServerComparison.of(1_042, List.of("id", "v"), List.of(DIFFERENCE))
                      .warned("it was logged")));

  static final MigrationResult RESULT =
      new MigrationResult(
          "shop.t",
          Way.GHOST,
          7,
          0,
          7,
          Duration.ofMillis(12),
          Duration.ofMillis(3),
          1,
          new EnumMap<>(
              Map.of(
                  Phase.COPY,
                  Duration.ofMillis(1_500),
                  Phase.CUTOVER,
                  Duration.ofNanos(2_750_400))),
          List.of(),
          List.of(DIFFERENCE),
          Optional.of("shop.t_old"),
          Optional.of("DROP TABLE shop.t_old"));

  static final MigrationStatus STATUS =
      new MigrationStatus(
          "shop.t",
          "MODIFY v BIT(8)",
          true,
          "copy",
          10,
          100,
          5,
          0,
          0,
          0,
          "",
          "",
          false,
          List.of(DIFFERENCE),
          null,
          null,
          null,
          "",
          "",
          ResourceUsage.UNKNOWN);

  /** One of each kind. */
  static final List<MigrationEvent> EVENTS =
      List.of(
          new MigrationEvent.StatementStarted(1, 2, "ALTER TABLE t MODIFY v BIT(8)"),
          new MigrationEvent.PhaseStarted(Phase.COPY),
          new MigrationEvent.Planned(PLAN),
          new MigrationEvent.ProgressMade(
              new Progress(
                  Phase.COPY,
                  10,
                  100,
                  5,
                  3,
                  4,
                  Duration.ofMillis(20),
                  Optional.of("max-load"),
                  Optional.of("gives way"),
                  Duration.ofSeconds(2))),
          new MigrationEvent.Warned("it is late"),
          new MigrationEvent.CutoverReady(),
          new MigrationEvent.CutoverPostponed(1, "in the way"),
          new MigrationEvent.StatementDone(1, 2, RESULT));

  private Accepted() {}
}

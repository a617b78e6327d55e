package dev.ghost.internal.dialect.postgres;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.dialect.postgres.rows.PostgresColumnMapping;
import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.schema.PostgresUserSettings;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The settings under which a session converts values. */
record ConversionSettings(PostgresInspection inspection, List<PostgresColumnMapping> columns) {

  /**
   * Rows are converted with the settings of the user's own sessions, as ALTER TABLE would do it.
   *
   * @throws RefusedException where these are not known, or our driver cannot have them, and the
   *     outcome depends on that
   */
  SessionProfile profile(List<String> warnings) {
    PostgresUserSettings settings = inspection.facts().settings();
    String user = Sql.quote(inspection.facts().user());
    if (columns.stream().anyMatch(m -> depends(m, PostgresColumn::zoned))) {
      if (!settings.knowsTimeZone()) {
        throw new RefusedException(
            "The change converts between moments and local times, and this user may not see in"
                + " which time zone the server would.",
            "Name it: ALTER ROLE %s SET TimeZone = '...';".formatted(user));
      }
      warnings.add(
          "Instants are converted in the time zone of this user's sessions, %s."
              .formatted(settings.values().get(PostgresUserSettings.TIME_ZONE)));
    }
    if (!settings.dateFormat().equals("iso")
        && columns.stream().anyMatch(m -> depends(m, PostgresColumn::dated))) {
      throw new RefusedException(
          "The change converts dates, which this user's sessions write in the format %s; ghost can only have ISO."
              .formatted(settings.dateFormat()),
          "Say how they are to be written, by a USING with to_char or to_date, in a session of DateStyle ISO: ALTER ROLE %s SET DateStyle = 'ISO, DMY';"
              .formatted(user));
    }
    return SessionProfile.work(inspection.names().source().schema())
        .withSettings(settings.values());
  }

  /** True when a column gets other values where those of a kind are read or written otherwise. */
  private boolean depends(PostgresColumnMapping mapping, Predicate<PostgresColumn> kind) {
    if (inspection.request().expressions().containsKey(mapping.ghost().name())) {
      // It is immutable.
      return false;
    }
    if (mapping.using().isEmpty()) {
      return !mapping.source().base().equals(mapping.ghost().base())
          && (kind.test(mapping.source()) || kind.test(mapping.ghost()));
    }
    String using = mapping.using().get().toLowerCase(Locale.ROOT);
    return kind.test(mapping.ghost())
        || Stream.of("date", "time", "now").anyMatch(using::contains)
        || inspection.source().columns().stream()
            .anyMatch(s -> kind.test(s) && using.contains(s.name().toLowerCase(Locale.ROOT)));
  }
}

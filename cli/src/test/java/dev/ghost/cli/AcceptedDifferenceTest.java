package dev.ghost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ghost.api.MigrationStatus;
import dev.ghost.api.ResourceUsage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a user has accepted is in the plan, the status and the result, for people and programs. */
class AcceptedDifferenceTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final TextReporter text = TextReporter.create(new PrintWriter(out), new PrintWriter(err));
  private final JsonReporter json = new JsonReporter(new PrintWriter(out));

  private static List<String> strings(JsonNode array) {
    List<String> strings = new ArrayList<>();
    array.forEach(n -> strings.add(n.asText()));
    return strings;
  }

  private JsonNode written() throws IOException {
    return new ObjectMapper().readTree(out.toString());
  }

  @Test
  void inThePlan() {
    text.dryRun(Accepted.PLAN);
    assertThat(out.toString().lines().map(String::strip))
        .containsSubsequence(
            "compared:   Compared with the server's own ALTER on 1,042 of your rows: same"
                + " definition, accepted differences.",
            "columns: id, v",
            "accepted:   " + Accepted.DIFFERENCE,
            "warning:    it was logged");
  }

  @Test
  void inThePlanOfARun() {
    text.planned(Accepted.PLAN);
    assertThat(err.toString().lines()).contains("accepted: " + Accepted.DIFFERENCE);
  }

  @Test
  void inThePlanForAProgram() throws IOException {
    json.dryRun(Accepted.PLAN);
    JsonNode plan = written();
    JsonNode comparison = plan.get("comparison");
    assertThat(comparison.get("rows").asInt()).isEqualTo(1_042);
    assertThat(strings(comparison.get("columns"))).containsExactly("id", "v");
    assertThat(strings(comparison.get("differences"))).containsExactly(Accepted.DIFFERENCE);
    assertThat(strings(plan.get("warnings"))).containsExactly("it was logged");
  }

  @Test
  void inTheStatus() {
    assertThat(StatusCommand.lines(Accepted.STATUS)).contains("  accepted: " + Accepted.DIFFERENCE);
    assertThat(Json.fields(Accepted.STATUS))
        .containsEntry("acceptedDifferences", List.of(Accepted.DIFFERENCE));
  }

  @Test
  void inTheResult() {
    text.done(Accepted.RESULT);
    assertThat(out.toString().lines()).contains("  accepted: " + Accepted.DIFFERENCE);
  }

  @Test
  void inTheResultForAProgram() throws IOException {
    json.done(Accepted.RESULT);
    assertThat(strings(written().get("acceptedDifferences"))).containsExactly(Accepted.DIFFERENCE);
  }

  @Test
  void aStatusThatDoesNotSayWhenItWasWrittenIsShown() {
    MigrationStatus known = Accepted.STATUS;
    MigrationStatus partly =
        new MigrationStatus(
            known.table(),
            known.change(),
            true,
            known.phase(),
            0,
            0,
            0,
            0,
            0,
            0,
            "",
            "",
            false,
            List.of(),
            null,
            Instant.parse("2026-12-01T07:00:00Z"),
            null,
            "app@host",
            "",
            ResourceUsage.UNKNOWN);
    assertThat(StatusCommand.lines(partly)).contains("  by app@host, since 2026-12-01T07:00:00Z");
  }
}

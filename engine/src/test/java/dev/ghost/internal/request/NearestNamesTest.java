package dev.ghost.internal.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.RefusedException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNamesTest {

  @ParameterizedTest
  @CsvSource({
    "note, note, 0",
    "note, NOTE, 0",
    "note, noe, 1",
    "noe, note, 1",
    "note, nota, 1",
    "note, ntoe, 1",
    "'', note, 4",
    "kitten, sitting, 3",
    "note, xyz, 4",
  })
  void theDistanceCountsLetters(String one, String other, int distance) {
    assertThat(NearestNames.distance(one, other)).isEqualTo(distance);
    assertThat(NearestNames.distance(other, one)).isEqualTo(distance);
  }

  @Test
  void theNearestIsFirstAndWhatIsFarIsNotTold() {
    assertThat(
            NearestNames.to(
                "customer_id",
                List.of("id", "customer_no", "customers_id", "created_at", "Custmer_ids")))
        .containsExactly("customers_id", "Custmer_ids", "customer_no");
  }

  @Test
  void shortNamesMayDifferByALetterAndLongOnesByThree() {
    assertThat(NearestNames.to("id", List.of("is", "at", "idx"))).containsExactly("idx", "is");
    assertThat(NearestNames.to("note", List.of("notes", "nodes"))).containsExactly("notes");
    assertThat(NearestNames.to("a_very_long_name_1234", List.of("a_very_long_name_5678")))
        .isEmpty();
    assertThat(NearestNames.to("x", List.of())).isEmpty();
  }

  @Test
  void noMoreThanThreeAreTold() {
    assertThat(NearestNames.to("a5", List.of("a4", "a3", "a2", "a1")))
        .containsExactly("a1", "a2", "a3");
  }

  @Test
  void aMissingNameIsRefusedWithWhatMayHaveBeenMeant() {
    MissingName missing =
        new MissingName(new TableName("shop", "orders"), "column", "totl", List.of("id", "total"));
    assertThat(missing.refusal().what()).isEqualTo("shop.orders has no column totl.");
    assertThat(missing.refusal().remedy())
        .startsWith("Nearest to it: total. Correct the name")
        .contains("IF EXISTS");
    assertThatThrownBy(
            () -> {
              throw new MissingName(new TableName("s", "t"), "index", "x", List.of()).refusal();
            })
        .isInstanceOf(RefusedException.class)
        .satisfies(e -> assertThat(((RefusedException) e).remedy()).startsWith("Correct the name"));
  }
}

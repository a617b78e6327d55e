package dev.ghost.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.plan.KeyCandidate.Fit;
import dev.ghost.internal.plan.KeyCandidate.Unfit;
import dev.ghost.internal.request.TableName;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KeyCandidateTest {

  private static final TableName TABLE = new TableName("s", "t");

  private static String chosen(List<KeyCandidate<String>> candidates) {
    return KeyCandidate.choose(TABLE, candidates, "Add one.");
  }

  private static KeyPart part(String name) {
    return new KeyPart(name, "int", false, Optional.empty(), true, Optional.empty());
  }

  @Test
  void theCheapestIsChosenAndOfEqualOnesTheFirst() {
    assertThat(chosen(List.of(new Fit<>("a", 2), new Fit<>("b", 0), new Fit<>("c", 0))))
        .isEqualTo("b");
    assertThat(chosen(List.of(new Unfit<>("a", "no"), new Fit<>("b", 2)))).isEqualTo("b");
  }

  @Test
  void whereNoneFitsTheRefusalHasTheReasonOfEach() {
    assertThatThrownBy(
            () -> chosen(List.of(new Unfit<>("a", "is odd"), new Unfit<>("b", "is even"))))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> {
              assertThat(e.what())
                  .isEqualTo("s.t has no key that can order the copy:\n  a: is odd\n  b: is even");
              assertThat(e.remedy()).isEqualTo("Add one.");
            });
    assertThatThrownBy(() -> chosen(List.of()))
        .hasMessageContaining(
            "s.t has no key that can order the copy: no primary key, and no unique key.");
  }

  @Test
  void aKeyIsOfColumnsThatTheChangeKeepsApart() {
    Optional<String> none = Optional.empty();
    KeyPart nullable = new KeyPart("n", "int", true, Optional.of("lost"), true, none);
    KeyPart lost = new KeyPart("l", "json", false, Optional.of("lost"), false, none);
    KeyPart inexact = new KeyPart("j", "json", false, none, false, Optional.of("merged"));
    KeyPart merged = new KeyPart("m", "int", false, none, true, Optional.of("merged"));
    assertThat(KeyPart.whyNot(List.of(part("a"), part("b")))).isEmpty();
    assertThat(KeyPart.whyNot(List.of(part("a"), nullable))).contains("n can be NULL");
    assertThat(KeyPart.whyNot(List.of(lost, nullable))).contains("lost");
    assertThat(KeyPart.whyNot(List.of(inexact)))
        .contains("j is json, which does not sort and compare exactly");
    assertThat(KeyPart.whyNot(List.of(part("a"), merged))).contains("merged");
  }
}

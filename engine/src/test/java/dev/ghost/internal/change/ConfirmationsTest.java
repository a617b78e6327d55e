package dev.ghost.internal.change;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ConfirmationsTest {

  private final ChangeStream one = new ChangeStream(null, null, null, null);
  private final ChangeStream two = new ChangeStream(null, null, null, null);
  private final Confirmations confirmations = new Confirmations(List.of(one, two));

  private static Feed.Position position(long number) {
    return new Feed.Position(number, null);
  }

  @Test
  void nothingIsForgottenBeforeAllHaveSaidSomething() {
    confirmations.confirm(one, position(5));
    assertThat(confirmations.take()).isEmpty();
  }

  @Test
  void whatOneStillNeedsIsKept() {
    Feed.Position early = position(3);
    Feed.Position late = position(9);
    confirmations.confirm(one, late);
    confirmations.confirm(two, early);
    assertThat(confirmations.take()).containsSame(early);
    assertThat(confirmations.take()).as("once").isEmpty();
    confirmations.confirm(two, position(12));
    assertThat(confirmations.take()).containsSame(late);
  }

  @Test
  void whoHasLeftNeedsNothing() {
    Feed.Position late = position(9);
    confirmations.confirm(one, late);
    confirmations.confirm(two, position(3));
    confirmations.leave(two);
    assertThat(confirmations.take()).containsSame(late);
  }
}

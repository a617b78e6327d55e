package dev.ghost.internal.dialect.postgres.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a token ends, as PostgreSQL sees it. */
class TokenTest {

  /** The tokens are separated by two blanks. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          Sales."Or""ders"        | sales  .  Or"ders
          \u00c4B a$1              | \u00c4b  a$1
          $1 + 1.5                | $  1  +  1  .  5
          'it''s' 'a\\' E'a\\'b'    | 'it''s'  'a\\'  e  'a\\'b'
          ae'a\\'                  | ae  'a\\'
          $$a;$$ $x$ $$ $x$ b     | $$a;$$  $x$ $$ $x$  b
          $1$ a                   | $  1$  a
          a$b$c                   | a$b$c
          $x$ a                   | $x$ a
          a/* /* b */ ' */c -- d  | a  c
          j #> 'x' -> ?           | j  #  >  'x'  -  >  ?
          """)
  void endsWhereTheServerSeesIt(String text, String tokens) {
    assertThat(Token.of(text).stream().map(Token::word)).containsExactly(tokens.split(" {2}"));
  }

  @Test
  void aNameInQuotesIsNoKeyword() {
    assertThat(Token.of("\"add\"").get(0).is("add")).isFalse();
    assertThat(Token.of("ADD").get(0).is("add")).isTrue();
  }

  @Test
  void whatIsNotClosedIsUsage() {
    for (String text : new String[] {"'a", "\"a", "/* /* */ a"}) {
      assertThatThrownBy(() -> Token.of(text))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("is not closed: ");
    }
  }
}

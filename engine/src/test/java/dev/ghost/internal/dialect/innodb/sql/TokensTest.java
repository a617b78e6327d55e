package dev.ghost.internal.dialect.innodb.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.internal.dialect.common.SqlToken;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a token ends, as MySQL and MariaDB see it. */
class TokensTest {

  private static List<String> tokens(String text) {
    return Tokens.of(text).stream().map(SqlToken::text).toList();
  }

  /** The tokens are separated by two blanks. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          `a b`.`c``d`            | `a b`  .  `c``d`
          s.t                     | s  .  t
          s.1t                    | s  .  1t
          a$b_1\u00e4 1st          | a$b_1\u00e4  1st
          DEFAULT 1.5,x           | DEFAULT  1.5  ,  x
          DECIMAL(10,2)           | DECIMAL  (  10  ,  2  )
          'it''s' "a""b"          | 'it''s'  "a""b"
          'a\\'b' "a\\"b" `a\\`     | 'a\\'b'  "a\\"b"  `a\\`
          N'x' _utf8'y'           | N  'x'  _utf8  'y'
          a/* ' */b/**/c          | a  b  c
          a # 'b                  | a
          a -- 'b                 | a
          1 - -1                  | 1  -  -  1
          'a                      | '  a
          a /* b                  | a  /  *  b
          `a                      | `  a
          """)
  void endsWhereTheServerSeesIt(String text, String tokens) {
    assertThat(tokens(text)).containsExactly(tokens.split(" {2}"));
  }

  @Test
  void aTokenKnowsItsPlace() {
    SqlToken token = Tokens.of("a\n /* b */ 'c d' e").get(1);
    assertThat(List.of(token.text(), token.from(), token.to())).containsExactly("'c d'", 11, 16);
  }

  @Test
  void whatIsLeftWithoutCommentsIsAsItWas() {
    assertThat(Tokens.withoutComments("a /* b */ 'c -- d'\n# e\nf-- g"))
        .isEqualTo("a   'c -- d'\n f ");
  }
}

package dev.ghost.internal.dialect.postgres.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForeignKeyClausesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          ADD FOREIGN KEY (a, b) REFERENCES p (a, b)                            | ~~
          ADD x int, ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p NOT VALID    | ADD x int
          ADD x int REFERENCES p                                                | ADD x int
          ADD x int REFERENCES s."P q" (id) ON DELETE SET NULL (x) NOT NULL     | ADD x int  NOT NULL
          ADD x int CONSTRAINT f REFERENCES p MATCH FULL ON UPDATE NO ACTION ON DELETE CASCADE DEFAULT 5 | ADD x int  DEFAULT 5
          ADD x int NOT NULL REFERENCES p NOT DEFERRABLE INITIALLY IMMEDIATE UNIQUE, DROP y | ADD x int NOT NULL  UNIQUE, DROP y
          ADD x text DEFAULT 'references p', ADD "foreign" int                  | ADD x text DEFAULT 'references p', ADD "foreign" int
          ALTER a TYPE int USING coalesce(a, 'b, c')::int, DROP CONSTRAINT f    | ALTER a TYPE int USING coalesce(a, 'b, c')::int, DROP CONSTRAINT f
          """)
  void nothingElseIsTakenOut(String change, String rest) {
    assertThat(ForeignKeyClauses.removed(change)).isEqualTo(rest);
  }
}

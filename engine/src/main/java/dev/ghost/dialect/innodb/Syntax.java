package dev.ghost.dialect.innodb;

import org.antlr.v4.runtime.CharStream;
import org.antlr.v4.runtime.Lexer;

/** How a product writes its statements. */
public interface Syntax {

  /** Splits statements into tokens. */
  Lexer lexer(CharStream statement);

  /** True when the grammar has IF EXISTS and IF NOT EXISTS for parts of a table. */
  boolean knowsConditions();

  /**
   * Checks the syntax of a whole statement, where it can be done without the server.
   *
   * @throws dev.ghost.api.UsageException if it does not parse
   */
  void checkSyntax(String statement);
}

package dev.ghost.dialect.innodb;

import org.antlr.v4.runtime.CharStream;
import org.antlr.v4.runtime.Lexer;

/** How a product writes its statements. */
public interface Syntax {

  /** Splits statements into tokens. */
  Lexer lexer(CharStream statement);

  /** True when the grammar has IF EXISTS and IF NOT EXISTS for parts of a table. */
  boolean knowsConditions();
}

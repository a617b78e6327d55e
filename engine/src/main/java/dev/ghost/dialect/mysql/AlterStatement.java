package dev.ghost.dialect.mysql;

import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import dev.ghost.plan.AlterRequest;
import dev.ghost.plan.TableName;
import io.debezium.antlr.CaseChangingCharStream;
import io.debezium.ddl.parser.mysql.generated.MySqlLexer;
import io.debezium.ddl.parser.mysql.generated.MySqlParser;
import io.debezium.ddl.parser.mysql.generated.MySqlParser.AlterByAddForeignKeyContext;
import io.debezium.ddl.parser.mysql.generated.MySqlParser.AlterByChangeColumnContext;
import io.debezium.ddl.parser.mysql.generated.MySqlParser.AlterByDiscardTablespaceContext;
import io.debezium.ddl.parser.mysql.generated.MySqlParser.AlterByDropColumnContext;
import io.debezium.ddl.parser.mysql.generated.MySqlParser.AlterByImportTablespaceContext;
import io.debezium.ddl.parser.mysql.generated.MySqlParser.AlterByRenameColumnContext;
import io.debezium.ddl.parser.mysql.generated.MySqlParser.AlterByRenameContext;
import io.debezium.ddl.parser.mysql.generated.MySqlParser.AlterSpecificationContext;
import io.debezium.ddl.parser.mysql.generated.MySqlParser.AlterTableContext;
import io.debezium.ddl.parser.mysql.generated.MySqlParser.FullIdContext;
import io.debezium.ddl.parser.mysql.generated.MySqlParser.ReferenceColumnConstraintContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.tree.ParseTree;
import org.antlr.v4.runtime.tree.TerminalNode;

/** An {@code ALTER TABLE} statement, parsed with Debezium's grammar of MySQL. */
final class AlterStatement {

  private final AlterRequest request;
  private final List<AlterSpecificationContext> changes;

  /** New names by old ones; all names of one statement are those from before it. */
  private final Map<String, String> renamed = new LinkedHashMap<>();

  private final Set<String> dropped = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  private AlterStatement(AlterRequest request, List<AlterSpecificationContext> changes) {
    this.request = request;
    this.changes = changes;
    changes.forEach(this::readColumns);
  }

  /**
   * @throws UsageException if it does not parse
   */
  static AlterStatement parse(String statement, String defaultSchema) {
    String text = withoutSemicolon(statement);
    List<String> errors = new ArrayList<>();
    BaseErrorListener listener =
        new BaseErrorListener() {
          @Override
          public void syntaxError(
              Recognizer<?, ?> recognizer,
              Object symbol,
              int line,
              int column,
              String message,
              RecognitionException e) {
            errors.add("line %d, column %d: %s".formatted(line, column + 1, message));
          }
        };
    MySqlLexer lexer =
        new MySqlLexer(new CaseChangingCharStream(CharStreams.fromString(text), true));
    lexer.removeErrorListeners();
    lexer.addErrorListener(listener);
    CommonTokenStream tokens = new CommonTokenStream(lexer);
    MySqlParser parser = new MySqlParser(tokens);
    parser.removeErrorListeners();
    parser.addErrorListener(listener);
    AlterTableContext tree = parser.alterTable();
    if (errors.isEmpty() && tokens.LA(1) != MySqlParser.EOF) {
      errors.add("what follows '%s' is not understood".formatted(tokens.LT(-1).getText()));
    }
    if (!errors.isEmpty() || tree.alterSpecification().isEmpty()) {
      throw new UsageException(
          "This does not parse as ALTER TABLE: %s%s"
              .formatted(text, errors.isEmpty() ? "" : "\n  " + shortened(errors.get(0))),
          "Give what follows the table's name to --alter, or a whole statement to --statement.");
    }
    int from = tree.tableName().getStop().getStopIndex() + 1;
    String change = substring(text, from).strip();
    return new AlterStatement(
        new AlterRequest(tableName(tree.tableName().fullId(), defaultSchema), change),
        tree.alterSpecification());
  }

  AlterRequest request() {
    return request;
  }

  /** Refuses what a swap of tables cannot do. */
  void refuseImpossible() {
    for (AlterSpecificationContext change : changes) {
      if (change instanceof AlterByRenameContext) {
        refuse(change, "it renames the table", "Rename it in a statement of its own.");
      }
      if (change instanceof AlterByDiscardTablespaceContext
          || change instanceof AlterByImportTablespaceContext) {
        refuse(change, "it exchanges the table's file", "Run it directly.");
      }
      if (change instanceof AlterByAddForeignKeyContext
          || contains(change, ReferenceColumnConstraintContext.class)) {
        refuse(
            change,
            "foreign keys are not supported yet",
            "Leave the foreign key out; add it afterwards with ALTER TABLE.");
      }
      String words = firstWords(change);
      for (String prefix :
          List.of(
              "DROP PARTITION", "TRUNCATE PARTITION", "EXCHANGE PARTITION", "DISCARD PARTITION")) {
        if (words.startsWith(prefix)) {
          refuse(change, "it removes rows", "Run it directly: it needs no copy of the table.");
        }
      }
    }
  }

  /** The source's column behind a column of the new schema; empty for one that is added. */
  Optional<String> originOf(String column, List<String> sourceColumns) {
    for (String old : sourceColumns) {
      String now = lookUp(renamed, old).orElse(old);
      if (now.equalsIgnoreCase(column) && !dropped.contains(old)) {
        return Optional.of(old);
      }
    }
    return Optional.empty();
  }

  private void readColumns(AlterSpecificationContext change) {
    if (change instanceof AlterByChangeColumnContext c) {
      renamed.put(name(c.oldColumn), name(c.newColumn));
    } else if (change instanceof AlterByRenameColumnContext c) {
      renamed.put(name(c.oldColumn), name(c.newColumn));
    } else if (change instanceof AlterByDropColumnContext c) {
      dropped.add(name(c.uid()));
    }
  }

  private static Optional<String> lookUp(Map<String, String> names, String name) {
    return names.entrySet().stream()
        .filter(e -> e.getKey().equalsIgnoreCase(name))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  private static void refuse(AlterSpecificationContext change, String why, String remedy) {
    throw new RefusedException(
        "ghost cannot do %s: %s.".formatted(firstWords(change), why), remedy);
  }

  private static boolean contains(ParseTree tree, Class<?> kind) {
    if (kind.isInstance(tree)) {
      return true;
    }
    for (int i = 0; i < tree.getChildCount(); i++) {
      if (contains(tree.getChild(i), kind)) {
        return true;
      }
    }
    return false;
  }

  private static String firstWords(ParserRuleContext context) {
    List<String> words = new ArrayList<>();
    collect(context, words);
    return String.join(" ", words);
  }

  private static void collect(ParseTree tree, List<String> words) {
    if (tree instanceof TerminalNode && words.size() < 3) {
      words.add(tree.getText().toUpperCase(Locale.ROOT));
    }
    for (int i = 0; i < tree.getChildCount(); i++) {
      collect(tree.getChild(i), words);
    }
  }

  private static TableName tableName(FullIdContext id, String defaultSchema) {
    String first = name(id.uid(0));
    if (id.DOT_ID() != null) {
      return new TableName(first, unquoted(id.DOT_ID().getText().substring(1)));
    }
    if (id.uid().size() > 1) {
      return new TableName(first, name(id.uid(1)));
    }
    if (defaultSchema.isEmpty()) {
      throw new UsageException(
          "No schema is given for the table " + first + ".",
          "Name it in the URL: mysql://user@host/schema.");
    }
    return new TableName(defaultSchema, first);
  }

  private static String name(ParserRuleContext uid) {
    return unquoted(uid.getText());
  }

  private static String unquoted(String name) {
    if (name.length() > 1 && (name.startsWith("`") || name.startsWith("\""))) {
      String quote = name.substring(0, 1);
      return name.substring(1, name.length() - 1).replace(quote + quote, quote);
    }
    return name;
  }

  private static String shortened(String message) {
    int list = message.indexOf(" expecting {");
    return list < 0 ? message : message.substring(0, list);
  }

  /** The stream counts code points, a Java string does not. */
  private static String substring(String text, int fromCodePoint) {
    return text.substring(text.offsetByCodePoints(0, fromCodePoint));
  }

  private static String withoutSemicolon(String statement) {
    String text = statement.strip();
    return text.endsWith(";") ? text.substring(0, text.length() - 1).strip() : text;
  }
}

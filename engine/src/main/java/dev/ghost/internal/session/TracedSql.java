package dev.ghost.internal.session;

import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.log.Masked;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs at TRACE each statement that is executed on a connection: its text with placeholders and
 * without literals, and its milliseconds. A connection is wrapped only while TRACE is on.
 */
final class TracedSql implements InvocationHandler {

  private static final Logger LOG = LoggerFactory.getLogger(TracedSql.class);

  /** Characters of a statement that are shown; thousands of placeholders say nothing. */
  private static final int SHOWN = 2_000;

  private final Object target;

  /** True where double quotes are for names, as on PostgreSQL. */
  private final boolean quotesNames;

  /** What was prepared; empty for what has no statement of its own. */
  private final String prepared;

  private TracedSql(Object target, boolean quotesNames, String prepared) {
    this.target = target;
    this.quotesNames = quotesNames;
    this.prepared = prepared;
  }

  /** Returns the connection, or one that logs what is executed on it. */
  static Connection of(Connection connection, Driver driver) {
    return LOG.isTraceEnabled()
        ? (Connection) traced(connection, Connection.class, driver.speaks("postgresql"), "")
        : connection;
  }

  private static Object traced(Object target, Class<?> type, boolean quotesNames, String prepared) {
    return Proxy.newProxyInstance(
        TracedSql.class.getClassLoader(),
        new Class<?>[] {type},
        new TracedSql(target, quotesNames, prepared));
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
    long begun = System.nanoTime();
    String name = method.getName();
    try {
      Object result = method.invoke(target, arguments);
      if (name.equals("createStatement") || name.startsWith("prepare")) {
        return traced(result, method.getReturnType(), quotesNames, first(arguments));
      }
      return result;
    } catch (InvocationTargetException e) {
      throw e.getCause();
    } finally {
      if (name.startsWith("execute")) {
        log(arguments == null ? prepared : first(arguments), begun);
      } else if (name.equals("commit") || name.equals("rollback")) {
        log(name.toUpperCase(Locale.ROOT), begun);
      }
    }
  }

  private static String first(@Nullable Object @Nullable [] arguments) {
    return arguments != null && arguments.length > 0 && arguments[0] instanceof String sql
        ? sql
        : "";
  }

  private void log(String sql, long begun) {
    String text = Masked.sql(sql, quotesNames);
    LOG.trace(
        "{} ms: {}",
        (System.nanoTime() - begun) / 1_000_000,
        text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text);
  }
}

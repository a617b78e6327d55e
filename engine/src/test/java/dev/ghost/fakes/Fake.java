package dev.ghost.fakes;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/** An object of an interface that answers what a test says, and fails at anything else. */
public final class Fake {

  /**
   * An answer that makes the call use the interface's default method, or fail where it has none.
   */
  public static final Object DEFAULT = new Object();

  private Fake() {}

  /** What the object answers. */
  @FunctionalInterface
  public interface Answers {
    Object to(String method, Object[] arguments) throws Throwable;
  }

  public static <T> T of(Class<T> type, Answers answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, given) -> {
              Object[] arguments = given == null ? new Object[0] : given;
              return switch (method.getName()) {
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                case "toString" -> "a fake " + type.getSimpleName();
                default -> {
                  Object answer = answers.to(method.getName(), arguments);
                  if (answer != DEFAULT) {
                    yield answer;
                  }
                  if (method.isDefault()) {
                    yield InvocationHandler.invokeDefault(proxy, method, given);
                  }
                  throw new AssertionError(
                      type.getSimpleName() + "." + method.getName() + " was not expected");
                }
              };
            }));
  }
}

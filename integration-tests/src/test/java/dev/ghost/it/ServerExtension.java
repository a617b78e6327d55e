package dev.ghost.it;

import java.lang.reflect.Field;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContext;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContextProvider;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Runs a suite with {@link OnServers} on each of them, and gives each test a schema of its own. */
final class ServerExtension implements ClassTemplateInvocationContextProvider {

  private static final ExtensionContext.Namespace OURS =
      ExtensionContext.Namespace.create(ServerExtension.class);

  /** The database that a suite is just run on. */
  static Db db(ExtensionContext context) {
    return context.getStore(OURS).get(Db.class, Db.class);
  }

  @Override
  public boolean supportsClassTemplate(ExtensionContext context) {
    return true;
  }

  @Override
  public boolean mayReturnZeroClassTemplateInvocationContexts(ExtensionContext context) {
    return true;
  }

  /** Begins where chance has it, so that suites which begin together do not wait for one server. */
  @Override
  public Stream<ClassTemplateInvocationContext> provideClassTemplateInvocationContexts(
      ExtensionContext context) {
    Class<?> suite = context.getRequiredTestClass();
    OnServers wanted = AnnotationSupport.findAnnotation(suite, OnServers.class).orElseThrow();
    List<TestServer> servers = new ArrayList<>(TestServer.of(wanted));
    Collections.rotate(servers, suite.getName().hashCode());
    return servers.stream().map(s -> invocation(s, wanted.alone()));
  }

  private static ClassTemplateInvocationContext invocation(TestServer server, boolean alone) {
    return new ClassTemplateInvocationContext() {
      @Override
      public String getDisplayName(int invocationIndex) {
        return server.toString();
      }

      @Override
      public void prepareInvocation(ExtensionContext context) {
        context.getStore(OURS).put(Db.class, server.db());
      }

      @Override
      public List<Extension> getAdditionalExtensions() {
        return List.of(new Turn(server, alone));
      }
    };
  }

  /** A test's turn on a server. */
  private record Turn(TestServer shared, boolean alone)
      implements ExecutionCondition, BeforeEachCallback, AfterEachCallback {

    /** Before the turn is waited for: what is skipped keeps nobody waiting. */
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      List<Ability> missing =
          AnnotationSupport.findAnnotation(context.getElement(), Needs.class).stream()
              .flatMap(needs -> Stream.of(needs.value()))
              .filter(ability -> !shared.db().can(ability))
              .toList();
      return missing.isEmpty()
          ? ConditionEvaluationResult.enabled("")
          : ConditionEvaluationResult.disabled(
              "skipped: %s does not have %s".formatted(shared.db(), missing));
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
      shared.acquire(alone);
      context.getStore(OURS).put(Turn.class, this);
      context.getStore(OURS).put(Instant.class, Instant.now());
      Object test = context.getRequiredTestInstance();
      for (Field field : AnnotationSupport.findAnnotatedFields(test.getClass(), Provided.class)) {
        field.setAccessible(true);
        field.set(test, provided(field.getType(), context));
      }
    }

    private static SuiteTimes times(ExtensionContext context) {
      return context
          .getRoot()
          .getStore(OURS)
          .getOrComputeIfAbsent(SuiteTimes.class, type -> new SuiteTimes(), SuiteTimes.class);
    }

    private Object provided(Class<?> type, ExtensionContext context) throws Exception {
      if (type == Db.class) {
        return shared.db();
      }
      if (type != Schema.class) {
        return type.cast(shared.server());
      }
      Schema schema = shared.server().newSchema();
      context.getStore(OURS).put(Schema.class, schema);
      return schema;
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
      try {
        Schema schema = context.getStore(OURS).remove(Schema.class, Schema.class);
        if (schema != null) {
          schema.close();
        }
      } finally {
        if (context.getStore(OURS).remove(Turn.class) != null) {
          shared.release(alone);
          Instant begun = context.getStore(OURS).remove(Instant.class, Instant.class);
          times(context)
              .add(
                  context.getRequiredTestClass().getSimpleName(),
                  context.getRequiredTestMethod().getName(),
                  shared.toString(),
                  Duration.between(begun, Instant.now()));
        }
      }
    }
  }
}

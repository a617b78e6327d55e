package dev.ghost;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.ghost.api.GhostException;
import java.util.stream.Stream;

/**
 * Who may know whom. A rule that stands in a reader's way is to be argued with, not worked around.
 */
@AnalyzeClasses(packages = "dev.ghost", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String ENTRANCE = "dev.ghost";
  private static final String API = "dev.ghost.api..";
  private static final String MIGRATION = "dev.ghost.internal.migration..";
  private static final String[] CONCEPTS = {
    "dev.ghost.internal.copy..",
    "dev.ghost.internal.change..",
    "dev.ghost.internal.verify..",
    "dev.ghost.internal.cutover..",
    "dev.ghost.internal.checkpoint..",
    "dev.ghost.internal.throttle..",
  };
  private static final String KEY = "dev.ghost.internal.key..";
  private static final String FUNCTION = "dev.ghost.internal.function..";
  private static final String REQUEST = "dev.ghost.internal.request..";
  private static final String PLAN = "dev.ghost.internal.plan..";
  private static final String SPI = "dev.ghost.internal.dialect";
  private static final String DIALECTS = "dev.ghost.internal.dialect.*..";

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("dev.ghost.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule onlyTheEntranceKnowsWhichDialectsThereAre =
      noClasses()
          .that()
          .resideOutsideOfPackages(ENTRANCE, DIALECTS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(DIALECTS);

  @ArchTest
  static final ArchRule theStoryIsToldByNobodyBelowIt =
      noClasses()
          .that()
          .resideOutsideOfPackages(ENTRANCE, MIGRATION)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ENTRANCE, MIGRATION);

  @ArchTest
  static final ArchRule dialectsKnowNoConcepts =
      noClasses()
          .that()
          .resideInAnyPackage(SPI, DIALECTS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(CONCEPTS);

  @ArchTest
  static final ArchRule theApiKnowsNothing =
      noClasses()
          .that()
          .resideInAPackage(API)
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("dev.ghost..")
                  .and(DescribedPredicate.not(resideInAnyPackage(API))));

  /** What a caller can import says all that it needs in types of its own. */
  @ArchTest
  static final ArchRule thePublicApiShowsNothingInternal =
      methods()
          .that()
          .areDeclaredInClassesThat()
          .resideInAnyPackage(ENTRANCE, API)
          .and()
          .arePublic()
          .and()
          .areDeclaredInClassesThat()
          .arePublic()
          .should(
              new ArchCondition<JavaMethod>("show only public types") {
                @Override
                public void check(JavaMethod method, ConditionEvents events) {
                  Stream.concat(
                          Stream.of(method.getRawReturnType()),
                          method.getRawParameterTypes().stream())
                      .filter(t -> t.getPackageName().startsWith("dev.ghost.internal"))
                      .forEach(
                          t ->
                              events.add(
                                  SimpleConditionEvent.violated(
                                      method, method.getFullName() + " shows " + t.getName())));
                }
              });

  @ArchTest static final ArchRule keysKnowNothing = knowsNoneBut(KEY, KEY);

  @ArchTest static final ArchRule functionsKnowNothing = knowsNoneBut(FUNCTION, FUNCTION);

  @ArchTest static final ArchRule requestsKnowOnlyTheApi = knowsNoneBut(REQUEST, REQUEST, API);

  @ArchTest
  static final ArchRule plansKnowOnlyRequestsAndTheApi = knowsNoneBut(PLAN, PLAN, REQUEST, API);

  private static ArchRule knowsNoneBut(String these, String... known) {
    return noClasses()
        .that()
        .resideInAPackage(these)
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("dev.ghost..")
                .and(DescribedPredicate.not(resideInAnyPackage(known))));
  }

  @ArchTest
  static final ArchRule sqlIsInTheDialects =
      noClasses()
          .that()
          .resideOutsideOfPackage(DIALECTS)
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.sql.Statement")
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.sql.PreparedStatement");

  @ArchTest
  static final ArchRule debeziumIsInTheStreamAndItsDialects =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.ghost.internal.change..", SPI, DIALECTS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.debezium..", "org.apache.kafka..");

  @ArchTest
  static final ArchRule namesSayWhatAThingIs =
      noClasses().should().haveNameMatching(".*(Manager|Helper|Util|Utils|Data)");

  @ArchTest
  static final ArchRule whatUsersAreToldIsOneHierarchy =
      classes()
          .that()
          .resideInAPackage(API)
          .and()
          .haveSimpleNameEndingWith("Exception")
          .should()
          .beAssignableTo(GhostException.class);
}

package dev.ghost.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs a suite once on each database that has what it needs. One test at a time has a server; tests
 * on different servers run at the same time. {@link Provided} fields are set before each test.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ClassTemplate
@ExtendWith(ServerExtension.class)
@interface OnServers {

  /** What all of its tests need; it is left out of those databases that do not have it. */
  Ability[] whichHave() default {};

  /** Those on whose other versions, which CI names, the suite is worth the time. */
  Db[] otherVersions() default {};

  /** True for a suite that measures time: none of another runs meanwhile. */
  boolean alone() default false;
}

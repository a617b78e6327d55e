package dev.ghost.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a field that {@link ServerExtension} sets: the {@link Db}, its {@link Server}, or a new
 * {@link Schema} that is dropped after the test.
 */
@Target(ElementType.FIELD)
@Retention(RetentionPolicy.RUNTIME)
@interface Provided {}

package dev.ghost.cli;

import java.util.Locale;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Every long option has an environment variable: {@code --lock-timeout} is GHOST_LOCK_TIMEOUT. */
final class Environment implements IDefaultValueProvider {

  @Override
  public String defaultValue(ArgSpec arg) {
    return arg instanceof OptionSpec option && !option.usageHelp() && !option.versionHelp()
        ? System.getenv(variable(option.longestName()))
        : null;
  }

  static String variable(String option) {
    return "GHOST_" + option.replaceFirst("^-+", "").replace('-', '_').toUpperCase(Locale.ROOT);
  }
}

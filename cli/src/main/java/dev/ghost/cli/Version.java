package dev.ghost.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code ghost --version} says. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() {
    String version = Main.class.getPackage().getImplementationVersion();
    return new String[] {"ghost " + (version == null ? "(development build)" : version)};
  }
}

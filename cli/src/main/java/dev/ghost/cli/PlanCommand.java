package dev.ghost.cli;

import picocli.CommandLine.Command;

/** {@code ghost plan}: {@code ghost alter --dry-run} under a name of its own. */
@Command(
    name = "plan",
    description =
        "Says how a change would be made, and what it means for the application; takes the options"
            + " of ghost alter.",
    footer = {
      "Examples:",
      "  ghost plan --url mysql://app@db1/shop --table orders --alter \"ADD COLUMN note"
          + " VARCHAR(64)\"",
      "  ghost plan --url mysql://app@db1/shop --table orders --alter \"DROP COLUMN note\""
          + " --fail-on contract"
    })
final class PlanCommand extends AlterCommand {

  @Override
  boolean onlyPlans() {
    return true;
  }
}

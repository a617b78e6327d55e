package dev.ghost.it;

import java.util.Arrays;
import java.util.Optional;

/** The databases that the suites run on. */
enum Db {
  MYSQL("mysql:9.4") {
    @Override
    Server start(Optional<String> image) {
      return new MySqlServer(image.orElseThrow());
    }
  },
  MARIADB("mariadb:11.8") {
    @Override
    Server start(Optional<String> image) {
      return new MariaDbServer(image);
    }
  },
  POSTGRES("postgres:17") {
    @Override
    Server start(Optional<String> image) {
      return new PostgresServer(image);
    }
  };

  private final String officialImage;

  Db(String officialImage) {
    this.officialImage = officialImage;
  }

  /** The one that is taken where nobody names another. */
  String officialImage() {
    return officialImage;
  }

  /** Whether it has all of these. */
  boolean can(Ability... wanted) {
    return Arrays.stream(wanted).allMatch(ability -> ability.isOf(this));
  }

  /**
   * Starts a server.
   *
   * @param image for Docker; empty for the embedded server, where there is one
   */
  abstract Server start(Optional<String> image);
}

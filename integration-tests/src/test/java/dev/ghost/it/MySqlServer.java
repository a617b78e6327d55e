package dev.ghost.it;

import java.util.Set;
import org.testcontainers.mysql.MySQLContainer;
import org.testcontainers.utility.DockerImageName;

/** MySQL in a container. */
final class MySqlServer extends BinlogServer {

  private final MySQLContainer container;

  MySqlServer() {
    super("mysql");
    container =
        new MySQLContainer(
                DockerImageName.parse(Db.image("mysql", "mysql:9.4"))
                    .asCompatibleSubstituteFor("mysql"))
            .withUsername("root")
            .withPassword(PASSWORD)
            .withCommand("mysqld", "--innodb-buffer-pool-size=512M", "--local-infile=ON");
    container.start();
  }

  @Override
  String host() {
    return container.getHost();
  }

  @Override
  int port() {
    return container.getMappedPort(3306);
  }

  @Override
  String unlimitedRows() {
    return "SET SESSION cte_max_recursion_depth = 10000000";
  }

  @Override
  Set<String> rolledBack() {
    return Set.of("1213", "1205", "1412");
  }
}

package dev.ghost.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Logins are found where each database's own tools find them. */
class DefaultCredentialsTest {

  private static final String MYSQL = "mysql://db1/shop";
  private static final String POSTGRES = "postgresql://app@db1:5433/shop";

  @TempDir Path home;

  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void atHome() {
    environment.put("HOME", home.toString());
  }

  private DefaultCredentials of(String url) {
    return DefaultCredentials.of(url, environment::get);
  }

  private void myCnf(String... lines) throws IOException {
    Files.write(home.resolve(".my.cnf"), List.of(lines));
  }

  private Path pgpass(String... lines) throws IOException {
    Path file = Files.write(home.resolve(".pgpass"), List.of(lines));
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void withoutAnyNothingIsFound() {
    assertThat(of(MYSQL)).isEqualTo(new DefaultCredentials("", ""));
    assertThat(of("mariadb://db1/shop")).isEqualTo(new DefaultCredentials("", ""));
    assertThat(of(POSTGRES)).isEqualTo(new DefaultCredentials("app", ""));
  }

  @Test
  void mysqlsUserAndPasswordAreThoseOfItsClients() throws Exception {
    myCnf(
        "[mysqld]",
        "user = mysql",
        "",
        " [client] ",
        "# password = old",
        "; password = older",
        "user=app",
        "password = two = three",
        "ssl",
        "[mysqldump]",
        "password = another");
    assertThat(of(MYSQL)).isEqualTo(new DefaultCredentials("app", "two = three"));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "`\"with blanks \"`, `with blanks `",
        "`'single'`, single",
        "`\"open`, `\"open`",
        "`'mixed\"`, `'mixed\"`",
        "`\"`, `\"`",
      })
  void quotesAroundAValueAreTakenAway(String written, String password) throws Exception {
    myCnf("[client]", "password=" + written);
    assertThat(of(MYSQL).password()).isEqualTo(password);
  }

  /** As my_print_defaults of MariaDB 11.4 reads them. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "`app # the application`, app",
        "`a#b`, a",
        "`\"a#b\" # quoted`, a#b",
        "`'it\\'s' # c`, it's",
        "`a\\\\b`, a\\b",
        "`a\\sb\\qc`, a b\\qc",
        "`\"a\\tb\"`, `a\tb`",
        "`'a' 'b'`, a' 'b",
        "`\"say \\\"hi\\\"\"`, `say \"hi\"`",
      })
  void commentsAndEscapesAreThoseOfMysql(String written, String password) throws Exception {
    myCnf("[client] # for all", "password = " + written);
    assertThat(of(MYSQL).password()).isEqualTo(password);
  }

  @Test
  void aPasswordOfMysqlsIsNoneOfPostgres() throws Exception {
    myCnf("[client]", "user=app", "password=secret");
    assertThat(of(POSTGRES).password()).isEmpty();
    environment.put("PGPASSWORD", "other");
    assertThat(of(MYSQL).password()).isEqualTo("secret");
  }

  @Test
  void postgresUserIsThatOfTheUrlThenOfTheVariableThenOfTheSystem() {
    assertThat(of("postgresql://db1/shop").user()).isEqualTo(System.getProperty("user.name"));
    environment.put("PGUSER", "variable");
    assertThat(of("postgresql://db1/shop").user()).isEqualTo("variable");
    assertThat(of(POSTGRES).user()).isEqualTo("app");
  }

  @Test
  void theVariableForThePasswordComesBeforeTheFile() throws Exception {
    pgpass("*:*:*:*:file");
    assertThat(of(POSTGRES).password()).isEqualTo("file");
    environment.put("PGPASSWORD", "");
    assertThat(of(POSTGRES).password()).as("set, to nothing").isEmpty();
  }

  @Test
  void theFirstLineThatMatchesIsTaken() throws Exception {
    pgpass(
        "#db1:5433:shop:app:comment",
        "db1:5433:shop:app",
        "db2:5433:shop:app:another host",
        "db1:5432:shop:app:another port",
        "db1:5433:books:app:another database",
        "db1:5433:shop:root:another user",
        "db1:*:shop:*:this one",
        "db1:5433:shop:app:too late");
    assertThat(of(POSTGRES).password()).isEqualTo("this one");
  }

  @Test
  void colonsAndBackslashesAreEscapedAndThePasswordMayHaveColons() throws Exception {
    pgpass("db1:5433:sh\\:op:a\\\\b:with:colons\\:and\\\\more");
    assertThat(of("postgresql://a%5Cb@db1:5433/sh%3Aop").password())
        .isEqualTo("with:colons:and\\more");
  }

  @Test
  void aPortThatIsNotNamedIsTheUsualOne() throws Exception {
    pgpass("db1:5432:shop:app:found");
    assertThat(of("postgresql://app@db1/shop").password()).isEqualTo("found");
  }

  @Test
  void anotherFileCanBeNamed() throws Exception {
    pgpass("*:*:*:*:at home");
    Path other = Files.writeString(home.resolve("other"), "*:*:*:*:elsewhere");
    Files.setPosixFilePermissions(other, PosixFilePermissions.fromString("rw-------"));
    environment.put("PGPASSFILE", other.toString());
    assertThat(of(POSTGRES).password()).isEqualTo("elsewhere");
    environment.put("PGPASSFILE", home.resolve("none").toString());
    assertThat(of(POSTGRES).password()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"rw-r-----", "rw----r--"})
  void aFileThatOthersCanReadIsRefused(String permissions) throws Exception {
    Path file = pgpass("*:*:*:*:secret");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    assertThatThrownBy(() -> of(POSTGRES))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("can be read by others")
        .hasMessageContaining("chmod 600 " + file)
        .hasMessageNotContaining("secret");
  }

  @Test
  void aFileThatCannotBeReadIsTold() throws Exception {
    Files.write(home.resolve(".my.cnf"), new byte[] {'[', (byte) 0xC3, (byte) 0x28});
    assertThatThrownBy(() -> of(MYSQL))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(".my.cnf cannot be read");
  }
}

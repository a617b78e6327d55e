package dev.ghost.it;

import java.util.Set;

/**
 * What a test needs and not every database does or has, with those that do. A suite asks for it by
 * {@link OnServers#whichHave}, a test by {@link Needs}.
 */
enum Ability {

  // MySQL and MariaDB.

  /** ALTER TABLE takes MySQL's own words: MODIFY, CHANGE, AFTER, CONVERT TO. */
  MYSQL_SYNTAX(Db.MYSQL, Db.MARIADB),

  /** Each DDL statement commits by itself: a run can die between two of them. */
  DDL_COMMITS(Db.MYSQL, Db.MARIADB),

  /** The change stream is the binary log; its settings say what is written to it. */
  BINARY_LOG(Db.MYSQL, Db.MARIADB),

  /** A statement of a session's list can have bytes that are no text. */
  STATEMENTS_OF_ANY_BYTES(Db.MYSQL, Db.MARIADB),

  /** SET GLOBAL changes what all later sessions begin with, ours among them. */
  SET_GLOBAL(Db.MYSQL, Db.MARIADB),

  /** The whole server can be made read only. */
  READ_ONLY_SERVER(Db.MYSQL, Db.MARIADB),

  /** A replica can be written to. */
  WRITABLE_REPLICAS(Db.MYSQL, Db.MARIADB),

  /** A transaction can be prepared by XA, and its rows are in the log from then on. */
  XA(Db.MYSQL, Db.MARIADB),

  /** Some values become others in ALTER TABLE than in INSERT, as the sql_mode says. */
  CONVERSIONS_OF_ITS_OWN(Db.MYSQL, Db.MARIADB),

  /** Text in a comment of a certain form is executed. */
  EXECUTABLE_COMMENTS(Db.MYSQL, Db.MARIADB),

  /** A date can be all zeros. */
  ZERO_DATES(Db.MYSQL, Db.MARIADB),

  /** A TIMESTAMP that may no longer be NULL becomes the time of the change. */
  NULL_BECOMES_NOW(Db.MYSQL, Db.MARIADB),

  /** Ghost's sessions have another time zone than the user's, and a change may need that one. */
  OTHER_TIME_ZONES(Db.MYSQL, Db.MARIADB),

  /** Long values take as much room as they are long: they are not compressed. */
  UNCOMPRESSED_VALUES(Db.MYSQL, Db.MARIADB),

  /** A value longer than a packet is taken for NULL. */
  PACKET_LIMIT(Db.MYSQL, Db.MARIADB),

  /** There are tables that cannot be temporary: with partitions or FULLTEXT keys. */
  NEVER_TEMPORARY_TABLES(Db.MYSQL, Db.MARIADB),

  /** A counter belongs to the table itself, and ALTER TABLE can set it. */
  AUTO_INCREMENT(Db.MYSQL, Db.MARIADB),

  /** A foreign key refers to whichever table has the name. */
  KEYS_REFER_TO_NAMES(Db.MYSQL, Db.MARIADB),

  /** What a foreign key deletes or updates is not in every version's log. */
  CASCADES_NOT_LOGGED(Db.MYSQL, Db.MARIADB),

  /** The server's own check of a new foreign key locks writers out. */
  KEY_CHECKS_THAT_LOCK(Db.MYSQL, Db.MARIADB),

  /** It takes a privilege to see the sessions and InnoDB's numbers. */
  PROCESS_PRIVILEGE(Db.MYSQL, Db.MARIADB),

  /** The server tells who waits for the lock of a row. */
  WAITS_FOR_ROWS(Db.MYSQL, Db.MARIADB),

  // One or two of the three.

  /** Ghost can start a server without Docker. */
  EMBEDDED_SERVER(Db.MARIADB, Db.POSTGRES),

  /** A column can be of the type UUID. */
  UUID_TYPE(Db.MARIADB, Db.POSTGRES),

  /** A table takes instant changes up to a limit. */
  INSTANT_LIMIT(Db.MYSQL),

  /** The server can add a primary key, hidden from those who look. */
  ADDED_PRIMARY_KEYS(Db.MYSQL),

  /** ALTER TABLE can stop enforcing a check that is there. */
  CHECKS_NOT_ENFORCED(Db.MYSQL),

  /** A table can have a secondary engine. */
  SECONDARY_ENGINE(Db.MYSQL),

  /** Somebody can have histograms made. */
  HISTOGRAMS(Db.MYSQL),

  /** Transactions can be without global identifiers. */
  WITHOUT_GTIDS(Db.MYSQL),

  /** The global identifier of a transaction can have a tag. */
  GTID_TAGS(Db.MYSQL),

  /** Statistics of columns are in tables that somebody can write to. */
  STATISTICS_TABLES(Db.MARIADB),

  /** A table can be kept in a directory that the server was not started with. */
  DATA_DIRECTORY(Db.MARIADB),

  /** The swap of several tables has steps, between which a reader can hold up one. */
  JOINT_SWAP_IN_STEPS(Db.MARIADB),

  /** No version's log has what a foreign key deletes or updates. */
  CASCADES_NEVER_LOGGED(Db.MARIADB),

  /** A table that is referred to can be swapped together with one that refers to it. */
  REFERRING_SWAPPED_TOGETHER(Db.MARIADB),

  /** Periods, system versioning, and unique keys that are too long for an index. */
  PERIODS(Db.MARIADB),

  // PostgreSQL.

  /** Locks tables in several modes, and tells who holds and who waits for which. */
  TABLE_LOCK_MODES(Db.POSTGRES),

  /** Views, rules, and other tables' keys stay with the table whatever its name is. */
  DEPENDENTS_BY_NUMBER(Db.POSTGRES),

  /** Finds a deadlock after a time, and chooses whoever has looked first. */
  DEADLOCKS_FOUND_LATE(Db.POSTGRES),

  /** Works of its own on tables, for which it takes locks. */
  AUTOVACUUM(Db.POSTGRES),

  /** A table says what of an old row is in the log. */
  REPLICA_IDENTITY(Db.POSTGRES),

  /** What is in the stream is chosen by a publication. */
  PUBLICATIONS(Db.POSTGRES),

  /** The log is kept for who reads it by a slot. */
  SLOTS(Db.POSTGRES),

  /** Ghost works in a schema of its own, whose name is made of the table's and its schema's. */
  WORKING_SCHEMAS(Db.POSTGRES),

  /** A transaction can be prepared without XA, and holds its locks. */
  PREPARE_TRANSACTION(Db.POSTGRES),

  /** Functions can be called, and object, when anybody makes DDL. */
  EVENT_TRIGGERS(Db.POSTGRES),

  /** Standbys, which nobody can write to. */
  STANDBYS(Db.POSTGRES),

  /** Settings belong to a database or a role. */
  SETTINGS_OF_A_DATABASE(Db.POSTGRES),

  /** A table has an owner, who may do anything with it, and roles belong to roles. */
  OWNERS(Db.POSTGRES),

  /** A sequence exists beside its table, and others can draw from it. */
  SEQUENCES(Db.POSTGRES),

  /** A column is converted by an expression of the user's. */
  USING_EXPRESSIONS(Db.POSTGRES),

  /** A table's own types, domains, collations, and casts. */
  TYPES_OF_ONES_OWN(Db.POSTGRES),

  /** Values that are equal can be written differently, and both are kept as they are. */
  EQUAL_BUT_DIFFERENT(Db.POSTGRES),

  /** Rows are copied by the pages that they are on, where the key is in another order. */
  COPY_BY_PAGES(Db.POSTGRES),

  /** The ghost has no keys until all rows are copied. */
  KEYS_AFTER_THE_COPY(Db.POSTGRES),

  /** A key or check can be made first, and be validated later. */
  NOT_VALID(Db.POSTGRES),

  /** An index is built without a lock by a statement that can fail halfway. */
  CONCURRENT_INDEXES(Db.POSTGRES),

  /** PgBouncer can stand before it. */
  POOLERS(Db.POSTGRES),

  /** The change stream can come through a socket of the file system. */
  UNIX_SOCKET(Db.POSTGRES);

  @SuppressWarnings("ImmutableEnumChecker") // a copy that cannot be changed
  private final Set<Db> databases;

  Ability(Db... databases) {
    this.databases = Set.of(databases);
  }

  /** Whether a database has it. */
  boolean isOf(Db db) {
    return databases.contains(db);
  }
}

/**
 * Stand-ins for a server and what leads to it, for tests of the classes that decide. They keep two
 * tables in memory and fail where a test wants them to.
 */
package dev.ghost.fakes;

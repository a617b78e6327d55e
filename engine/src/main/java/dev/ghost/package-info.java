/** The entrance: {@link Ghost}, one migration of one table as a library. */
package dev.ghost;

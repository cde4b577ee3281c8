#include <sqlite3.h>

/* What Swift cannot say of sqlite3.h: a variadic function, and a destructor that is a number. */

static inline int figment_sqlite3_switch(sqlite3 *db, int operation, int on) {
    return sqlite3_db_config(db, operation, on, (int *)0);
}

static inline int figment_sqlite3_bind_text(sqlite3_stmt *statement, int index, const char *text, sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, index, text ? text : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline int figment_sqlite3_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return count == 0 ? sqlite3_bind_zeroblob(statement, index, 0)
                      : sqlite3_bind_blob64(statement, index, bytes, count, SQLITE_TRANSIENT);
}

static inline void figment_sqlite3_result_text(sqlite3_context *context, const char *text, sqlite3_uint64 count) {
    sqlite3_result_text64(context, text ? text : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline void figment_sqlite3_result_blob(sqlite3_context *context, const void *bytes, sqlite3_uint64 count) {
    if (count == 0) sqlite3_result_zeroblob(context, 0);
    else sqlite3_result_blob64(context, bytes, count, SQLITE_TRANSIENT);
}

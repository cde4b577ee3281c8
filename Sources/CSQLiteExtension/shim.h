#include <sqlite3ext.h>

/* What Swift cannot say of sqlite3ext.h: a destructor that is a number. Nothing here is linked: every call goes
   through the table that the host hands over, so the host's own SQLite answers, whichever that is. */

static inline int figment_bind_text(const sqlite3_api_routines *api, sqlite3_stmt *statement, int index,
                                    const char *text, sqlite3_uint64 count) {
    return api->bind_text64(statement, index, text ? text : "", count, (sqlite3_destructor_type)-1, SQLITE_UTF8);
}

static inline int figment_bind_blob(const sqlite3_api_routines *api, sqlite3_stmt *statement, int index,
                                    const void *bytes, sqlite3_uint64 count) {
    return api->bind_blob64(statement, index, bytes ? bytes : "", count, (sqlite3_destructor_type)-1);
}

static inline void figment_result_text(const sqlite3_api_routines *api, sqlite3_context *context, const char *text,
                                       sqlite3_uint64 count) {
    api->result_text64(context, text ? text : "", count, (sqlite3_destructor_type)-1, SQLITE_UTF8);
}

static inline void figment_result_blob(const sqlite3_api_routines *api, sqlite3_context *context, const void *bytes,
                                       sqlite3_uint64 count) {
    api->result_blob64(context, bytes ? bytes : "", count, (sqlite3_destructor_type)-1);
}

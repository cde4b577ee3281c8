/* What `bench-append` is measured against: the same rows into the same tables by prepared statements of SQLite's C
   interface, with the same indices, triggers, foreign keys, settings, batches and checkpoints. Digests and uids are
   digits that cost nothing to make.

       append CATALOG IMAGES BATCH SEED     prints microseconds a row: wall clock, processor */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <fcntl.h>
#include <time.h>

static sqlite3 *db;
static uint64_t state;

static void check(int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
    fprintf(stderr, "append: %s\n", sqlite3_errmsg(db));
    exit(70);
}

static int log_pages;
static int count_log_pages(void *unused, sqlite3 *of, const char *name, int pages) {
    log_pages = pages;
    return SQLITE_OK;
}

static void run(const char *sql) { check(sqlite3_exec(db, sql, NULL, NULL, NULL)); }

static long long number(const char *sql) {
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v2(db, sql, -1, &statement, NULL));
    check(sqlite3_step(statement));
    long long value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static sqlite3_stmt *prepared(const char *sql) {
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL));
    return statement;
}

/* splitmix64 */
static uint64_t bits(void) {
    uint64_t mixed = state += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
    return mixed ^ mixed >> 31;
}

static void bind_digits(sqlite3_stmt *statement, int place, int count) {
    char text[64];
    for (int start = 0; start < count; start += 16) {
        uint64_t word = bits();
        for (int digit = 0; digit < 16; digit++) text[start + digit] = "0123456789abcdef"[word >> 4 * digit & 15];
    }
    check(sqlite3_bind_text(statement, place, text, count, SQLITE_TRANSIENT));
}

static void bind_words(sqlite3_stmt *statement, int place, const char *words) {
    check(sqlite3_bind_text(statement, place, words, -1, SQLITE_TRANSIENT));
}

static void bind(sqlite3_stmt *statement, int place, long long value) {
    check(sqlite3_bind_int64(statement, place, value));
}

static long long insert(sqlite3_stmt *statement) {
    check(sqlite3_step(statement));
    check(sqlite3_reset(statement));
    return sqlite3_last_insert_rowid(db);
}

int main(int count, char **words) {
    if (count != 5) return fprintf(stderr, "usage: append CATALOG IMAGES BATCH SEED\n"), 64;
    long images = atol(words[2]), batch = atol(words[3]);
    state = strtoull(words[4], NULL, 10);
    char lock[4096];
    snprintf(lock, sizeof lock, "%s.lock", words[1]);
    int descriptor = open(lock, O_RDWR | O_CREAT, 0666);

    check(sqlite3_open_v2(words[1], &db, SQLITE_OPEN_READWRITE, NULL));
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_wal_hook(db, count_log_pages, NULL);
    run("PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA synchronous = NORMAL;"
        "PRAGMA cache_size = -65536");
    long long concept = number("SELECT min(id) FROM concept"), concepts = number("SELECT count(*) FROM concept");
    long long measurement = number("SELECT max(id) FROM measurement"), rule = number("SELECT max(id) FROM filter_rule");
    long long pack = number("SELECT min(id) FROM pack"), invocation = number("SELECT max(id) FROM run");
    sqlite3_stmt *image = prepared(
        "INSERT INTO image (uid, byte_count, concept_id, file_sha256, format, height, origin, pack_id, pixel_sha256,"
        " run_id, split, width) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uid) DO NOTHING");
    sqlite3_stmt *score = prepared(
        "INSERT INTO score (uid, concept_id, image_id, measurement_id, run_id, value) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (uid) DO NOTHING");
    sqlite3_stmt *decision = prepared(
        "INSERT INTO decision (uid, filter_rule_id, image_id, reason, run_id, score_id, threshold, value, verdict)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uid) DO NOTHING");
    long long *image_ids = calloc(batch, sizeof *image_ids), *score_ids = calloc(batch, sizeof *score_ids);

    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    clock_t processor = clock();
    for (long first = 0; first < images; first += batch) {
        long size = images - first < batch ? images - first : batch;
        for (int table = 0; table < 3; table++) {
            flock(descriptor, LOCK_EX);
            run("BEGIN IMMEDIATE");
            for (long row = 0; row < size; row++) {
                double value = (double)((first + row) % 256) / 255;
                if (table == 0) {
                    bind_digits(image, 1, 32);
                    bind(image, 2, 3000);
                    bind(image, 3, concept + (first + row) % concepts);
                    bind_digits(image, 4, 64);
                    bind_words(image, 5, "png");
                    bind(image, 6, 32);
                    bind_words(image, 7, "real");
                    bind(image, 8, pack);
                    bind_digits(image, 9, 64);
                    bind(image, 10, invocation);
                    bind_words(image, 11, "train");
                    bind(image, 12, 32);
                    image_ids[row] = insert(image);
                } else if (table == 1) {
                    bind_digits(score, 1, 32);
                    bind(score, 2, concept);
                    bind(score, 3, image_ids[row]);
                    bind(score, 4, measurement);
                    bind(score, 5, invocation);
                    check(sqlite3_bind_double(score, 6, value));
                    score_ids[row] = insert(score);
                } else {
                    double threshold = 1.0 / (double)concepts;
                    char reason[100];
                    snprintf(reason, sizeof reason, "clip-confidence %.16g is %sabove %.16g", value,
                             value > threshold ? "" : "not ", threshold);
                    bind_digits(decision, 1, 32);
                    bind(decision, 2, rule);
                    bind(decision, 3, image_ids[row]);
                    bind_words(decision, 4, reason);
                    bind(decision, 5, invocation);
                    bind(decision, 6, score_ids[row]);
                    check(sqlite3_bind_double(decision, 7, threshold));
                    check(sqlite3_bind_double(decision, 8, value));
                    bind_words(decision, 9, value > threshold ? "kept" : "rejected");
                    insert(decision);
                }
            }
            run("COMMIT");
            if (log_pages >= 65536) run("PRAGMA wal_checkpoint(PASSIVE)");
            flock(descriptor, LOCK_UN);
        }
    }
    run("PRAGMA wal_checkpoint(TRUNCATE)");
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9;
    double processor_seconds = (double)(clock() - processor) / CLOCKS_PER_SEC, rows = 3.0 * (double)images;
    printf("%f %f\n", seconds * 1e6 / rows, processor_seconds * 1e6 / rows);
    return 0;
}

/* A TFLite external delegate for tests. It prints its options and takes no node unless it is told to; options:
 *   take=RESHAPE     run these nodes, each as a partition of its own (copies the values)
 *   wrong=X          add X to every float that such a node gives
 *   sleep_us=N       such a node takes N microseconds longer
 *   fail=TEXT        creating it fails; TEXT is reported
 *   prepare=N        Prepare returns status N (1 error, 2 delegate error, 3 application error)
 *   crash=create | crash=prepare | crash=invoke     abort()
 *   sleep_ms=N       Prepare takes N milliseconds
 * The structures are the parts of TFLite's C API (tensorflow/lite/core/c/common.h) up to the last field that is used;
 * they are the same in TFLite 2.14 and LiteRT 2.3. Before nodes are taken, the sizes of all their tensors are compared
 * with their dimensions: with another layout that does not hold, and no node is taken. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OK = 0, ERROR = 1, FLOAT32 = 1, RESHAPE = 22, DELEGATE = 51 };

struct int_array { int size; int data[]; };
struct tensor {
    int type;
    char *data;
    struct int_array *dims;
    float scale;
    int32_t zero_point;
    int allocation_type;
    size_t bytes;
    const void *allocation;
    const char *name;
    void *delegate;
    int buffer_handle;
    uint8_t data_is_stale, is_variable;
    int quantization_type;
    void *quantization, *sparsity, *dims_signature;
};
struct node { struct int_array *inputs, *outputs, *intermediates, *temporaries; void *user_data; };
struct delegate;
struct context;
/* Handed over by value. Newer versions have more fields, which may be zero; there is room for them. */
struct registration {
    void *(*init)(struct context *, const char *, size_t);
    void (*free)(struct context *, void *);
    int (*prepare)(struct context *, struct node *);
    int (*invoke)(struct context *, struct node *);
    const char *(*profiling_string)(const struct context *, const struct node *);
    int32_t builtin_code;
    const char *custom_name;
    int version;
    void *further[12];
};
struct context {
    size_t tensors_size;
    int (*execution_plan)(struct context *, struct int_array **);
    struct tensor *tensors;
    void *impl;
    int (*resize_tensor)(struct context *, struct tensor *, struct int_array *);
    void (*report_error)(struct context *, const char *, ...);
    int (*add_tensors)(struct context *, int, int *);
    int (*node_and_registration)(struct context *, int, struct node **, struct registration **);
    int (*replace_nodes)(struct context *, struct registration, const struct int_array *, struct delegate *);
};
struct options { int status, crash_prepare, crash_invoke, sleep_ms, sleep_us, take; float wrong; };
struct delegate {
    struct options *options;
    int (*prepare)(struct context *, struct delegate *);
    void *copy_from_buffer_handle, *copy_to_buffer_handle, *free_buffer_handle;
    int64_t flags;
    void *opaque_delegate_builder;
};
struct kernel_params { struct delegate *delegate; struct int_array *nodes, *inputs, *outputs; };
_Static_assert(sizeof(struct tensor) == 112 && sizeof(struct registration) == 160, "64-bit only");

/* Whether a tensor looks like one: a float tensor of a model has as many bytes as its dimensions say. */
static int plausible(const struct context *c, int index) {
    if (index < 0) return 1;
    if ((size_t)index >= c->tensors_size) return 0;
    const struct tensor *t = &c->tensors[index];
    if (t->type < 0 || t->type > 40) return 0;
    if (t->type != FLOAT32) return 1;
    if (!t->dims || t->dims->size < 0 || t->dims->size > 8) return 0;
    size_t n = 4;
    for (int i = 0; i < t->dims->size; ++i) n *= (size_t)t->dims->data[i];
    return n == t->bytes;
}

static int all_plausible(const struct context *c, const struct node *n) {
    for (int i = 0; i < n->inputs->size; ++i)
        if (!plausible(c, n->inputs->data[i])) return 0;
    for (int i = 0; i < n->outputs->size; ++i)
        if (!plausible(c, n->outputs->data[i])) return 0;
    return 1;
}

/* What a kernel works on: the node's own tensors, as a kernel's inputs are sorted. */
struct work { const struct options *options; int from, to; };

static void *kernel_init(struct context *c, const char *buffer, size_t length) {
    const struct kernel_params *p = (const void *)buffer;
    struct work *w = calloc(1, sizeof *w);
    struct node *n;
    struct registration *r;
    (void)length;
    if (c->node_and_registration(c, p->nodes->data[0], &n, &r)) abort();
    *w = (struct work){p->delegate->options, n->inputs->data[0], n->outputs->data[0]};
    return w;
}

static void kernel_free(struct context *c, void *work) {
    (void)c;
    free(work);
}

static int kernel_invoke(struct context *c, struct node *n) {
    const struct work *w = n->user_data;
    const struct tensor *from = &c->tensors[w->from], *to = &c->tensors[w->to];
    if (w->options->crash_invoke) abort();
    if (w->options->sleep_us) usleep((unsigned)w->options->sleep_us);
    memcpy(to->data, from->data, to->bytes);
    if (w->options->wrong != 0 && to->type == FLOAT32)
        for (size_t i = 0; i < to->bytes / 4; ++i) ((float *)(void *)to->data)[i] += w->options->wrong;
    return OK;
}

static int take_node(struct context *c, struct delegate *d, int index) {
    struct registration kernel = {.init = kernel_init, .free = kernel_free, .invoke = kernel_invoke, .builtin_code = DELEGATE,
                                  .custom_name = "TestDelegate", .version = 1};
    struct { int size, data[1]; } one = {1, {index}};
    return c->replace_nodes(c, kernel, (const struct int_array *)(const void *)&one, d);
}

static int take_nodes(struct context *c, struct delegate *d) {
    struct int_array *plan;
    if (c->execution_plan(c, &plan)) return ERROR;
    int total = plan->size, taken = 0, status = OK;
    int *wanted = calloc((size_t)total + 1, sizeof *wanted);
    for (int i = 0; i < total; ++i) { /* replacing changes the plan */
        struct node *n;
        struct registration *r;
        if (c->node_and_registration(c, plan->data[i], &n, &r)) continue;
        if (r->builtin_code == RESHAPE && all_plausible(c, n)) wanted[taken++] = plan->data[i];
    }
    for (int i = 0; i < taken && status == OK; ++i) status = take_node(c, d, wanted[i]);
    free(wanted);
    fprintf(stderr, "TestDelegate: takes %d of %d nodes\n", taken, total);
    return status;
}

static int prepare(struct context *c, struct delegate *d) {
    const struct options *o = d->options;
    fprintf(stderr, "TestDelegate: Prepare called\n");
    if (o->crash_prepare) abort();
    usleep(1000 * (unsigned)o->sleep_ms);
    if (o->status != OK || !o->take) return o->status;
    return take_nodes(c, d);
}

static int set_option(struct options *o, const char *key, const char *value) {
    if (!strcmp(key, "take")) o->take = !strcmp(value, "RESHAPE");
    else if (!strcmp(key, "wrong")) o->wrong = strtof(value, NULL);
    else if (!strcmp(key, "sleep_us")) o->sleep_us = atoi(value);
    else if (!strcmp(key, "sleep_ms")) o->sleep_ms = atoi(value);
    else if (!strcmp(key, "prepare")) o->status = atoi(value);
    else if (!strcmp(key, "crash")) {
        if (!strcmp(value, "create")) abort();
        o->crash_prepare = !strcmp(value, "prepare");
        o->crash_invoke = !strcmp(value, "invoke");
    }
    return !strcmp(key, "fail");
}

__attribute__((visibility("default")))
void tflite_plugin_destroy_delegate(struct delegate *d) {
    if (d) free(d->options);
    free(d);
}

__attribute__((visibility("default")))
struct delegate *tflite_plugin_create_delegate(const char *const *keys, const char *const *values, size_t count,
                                               void (*report)(const char *)) {
    struct delegate *d = calloc(1, sizeof *d);
    d->options = calloc(1, sizeof *d->options);
    d->prepare = prepare;
    for (size_t i = 0; i < count; ++i) {
        fprintf(stderr, "TestDelegate: option %s=%s\n", keys[i], values[i]);
        if (set_option(d->options, keys[i], values[i])) {
            if (report) report(values[i]);
            tflite_plugin_destroy_delegate(d);
            return NULL;
        }
    }
    return d;
}

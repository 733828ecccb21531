/*
 * A PKCS#11 module that stands before another, whose path is in FAULTY_MODULE. It writes a line for each call of interest to the
 * file `calls` in the folder FAULTY_DIRECTORY, and looks in the file `faults` there for what shall go wrong. A line of that file is
 * FUNCTION NUMBER FAULT: what happens at the n-th call, counted from the last change of that file.
 *   crash          the process is gone, before the call
 *   hang           the call never returns
 *   0xB3           the call is not made, and this value is returned
 *   after:0xB3     the call is made, and this value is returned
 *   flags:0x20000  of C_GetTokenInfo: the token has these flags, too
 *   kill, after:kill  the process whose number is in the file `engine` is killed, and the call returns only when it is gone
 *   flip           of C_Sign: a bit of the signature is wrong
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CK_PTR *
#define CK_DEFINE_FUNCTION(returnType, name) returnType name
#define CK_DECLARE_FUNCTION(returnType, name) returnType name
#define CK_DECLARE_FUNCTION_POINTER(returnType, name) returnType(*name)
#define CK_CALLBACK_FUNCTION(returnType, name) returnType(*name)
#ifndef NULL_PTR
#define NULL_PTR 0
#endif
#include "pkcs11.h"

static CK_FUNCTION_LIST_PTR real;
static CK_FUNCTION_LIST list;

static void path_of(char *path, size_t size, const char *name) {
  snprintf(path, size, "%s/%s", getenv("FAULTY_DIRECTORY"), name);
}

/* Counts a call, over all processes that share the folder, and says what shall go wrong with it. */
static const char *fault_of(const char *function) {
  static char fault[64];
  char path[4096], line[256], name[64];
  int wanted, number = 0;
  path_of(path, sizeof path, "calls");
  FILE *calls = fopen(path, "a+");
  if (calls == NULL) {
    return "";
  }
  fprintf(calls, "%s\n", function);
  fflush(calls);
  rewind(calls);
  while (fgets(line, sizeof line, calls) != NULL) {
    line[strcspn(line, "\n")] = 0;
    number += strcmp(line, function) == 0;
  }
  fclose(calls);
  path_of(path, sizeof path, "faults");
  FILE *faults = fopen(path, "r");
  fault[0] = 0;
  while (faults != NULL && fgets(line, sizeof line, faults) != NULL) {
    char found[64];
    if (sscanf(line, "%63s %d %63s", name, &wanted, found) == 3 && strcmp(name, function) == 0 && wanted == number) {
      strcpy(fault, found);
    }
  }
  if (faults != NULL) {
    fclose(faults);
  }
  return fault;
}

static void kill_engine(void) {
  char path[4096];
  int number = 0;
  path_of(path, sizeof path, "engine");
  FILE *engine = fopen(path, "r");
  if (engine == NULL || fscanf(engine, "%d", &number) != 1) {
    abort();
  }
  fclose(engine);
  kill(number, SIGKILL);
}

/* Whether the call is not made; then `value` is what it returns. */
static int is_cut(const char *fault, CK_RV *value) {
  if (strcmp(fault, "crash") == 0) {
    raise(SIGSEGV);
  }
  while (strcmp(fault, "hang") == 0) {
    pause();
  }
  if (strcmp(fault, "kill") == 0) {
    kill_engine();
  }
  *value = strtoul(fault, NULL, 16);
  return strncmp(fault, "0x", 2) == 0;
}

static CK_RV after(const char *fault, CK_RV value) {
  if (strcmp(fault, "after:kill") == 0) {
    kill_engine();
    return value;
  }
  if (strcmp(fault, "after:crash") == 0) {
    raise(SIGSEGV);
  }
  return strncmp(fault, "after:0x", 8) == 0 ? strtoul(fault + 6, NULL, 16) : value;
}

#define CALL(function, ...)                              \
  const char *fault = fault_of(#function);               \
  CK_RV value;                                           \
  if (!is_cut(fault, &value)) {                          \
    value = after(fault, real->function(__VA_ARGS__));   \
  }

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR data, CK_NOTIFY notify, CK_SESSION_HANDLE_PTR session) {
  CALL(C_OpenSession, slot, flags, data, notify, session)
  return value;
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length) {
  CALL(C_Login, session, user, pin, length)
  return value;
}

static CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
  CALL(C_GetTokenInfo, slot, info)
  if (strncmp(fault, "flags:", 6) == 0) {
    info->flags |= strtoul(fault + 6, NULL, 16);
  }
  return value;
}

static CK_RV generate(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR public, CK_ULONG publics,
                      CK_ATTRIBUTE_PTR private, CK_ULONG privates, CK_OBJECT_HANDLE_PTR public_key,
                      CK_OBJECT_HANDLE_PTR private_key) {
  CALL(C_GenerateKeyPair, session, mechanism, public, publics, private, privates, public_key, private_key)
  return value;
}

static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR signature, CK_ULONG_PTR signed_length) {
  CALL(C_Sign, session, data, length, signature, signed_length)
  if (strcmp(fault, "flip") == 0) {
    signature[*signed_length - 1] ^= 1;
  }
  return value;
}

static CK_RV create_object(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template, CK_ULONG count, CK_OBJECT_HANDLE_PTR object) {
  CALL(C_CreateObject, session, template, count, object)
  return value;
}

static CK_RV destroy_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) {
  CALL(C_DestroyObject, session, object)
  return value;
}

static CK_RV find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template, CK_ULONG count) {
  CALL(C_FindObjectsInit, session, template, count)
  return value;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR result) {
  void *library = dlopen(getenv("FAULTY_MODULE"), RTLD_NOW);
  CK_C_GetFunctionList get = library == NULL ? NULL : (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
  if (get == NULL || get(&real) != CKR_OK) {
    return CKR_GENERAL_ERROR;
  }
  list = *real;
  list.C_OpenSession = open_session;
  list.C_Login = login;
  list.C_GetTokenInfo = token_info;
  list.C_GenerateKeyPair = generate;
  list.C_Sign = sign;
  list.C_CreateObject = create_object;
  list.C_DestroyObject = destroy_object;
  list.C_FindObjectsInit = find_init;
  *result = &list;
  return CKR_OK;
}

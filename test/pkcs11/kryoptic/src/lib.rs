//! The software token kryoptic as a PKCS#11 module: it differs from SoftHSM in what it lists, checks and tells.

use kryoptic_lib::fns::general::fn_get_function_list;
use kryoptic_lib::pkcs11::{CK_FUNCTION_LIST_PTR_PTR, CK_RV};

/// Where every user of a module begins (PKCS #11 2.40, section 5.4).
#[unsafe(no_mangle)]
pub extern "C" fn C_GetFunctionList(list: CK_FUNCTION_LIST_PTR_PTR) -> CK_RV {
    fn_get_function_list(list)
}

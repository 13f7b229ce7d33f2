"""Parts of the library that are needed only now and then: loaded, used, and forgotten. Memory is what a board has least of."""

import sys


async def use(module, name, *args):
    """Load a module, await its function name, and forget it. (Where a frame that lives on held it, it would stay.)"""
    try:
        return await getattr(__import__(module, None, None, (name,)), name)(*args)
    finally:
        forget(module)


def forget(module):
    """Give back the memory of a module, as soon as nothing of it runs. (A dict keeps pointing to what is taken out of it until the
    place is needed: so None goes there first.)"""
    sys.modules[module] = None
    del sys.modules[module]
    i = module.rfind(".")  # the chip has no str.rpartition
    package = sys.modules.get(module[:i])
    if hasattr(package, module[i + 1 :]):
        setattr(package, module[i + 1 :], None)
        delattr(package, module[i + 1 :])

#include "node/core/identity/KeyFile.h"

#include <Poco/String.h>
#include <fmt/format.h>

#include "node/core/identity/StateFile.h"

namespace gimlet::core
{

namespace
{

constexpr unsigned OTHERS = 077;

/// What a person can do about a key that will not do. The node never does it by itself: who has pinned the
/// old identity would refuse the new one.
std::string mending(const std::string& path)
{
	return fmt::format(
		"Put a backup in its place; or move it away: the node then makes a new key, and with it "
		"has another worker id (mv {0} {0}.old)",
		path);
}

}

std::unique_ptr<const identity::KeyIdentity> readKey(const std::string& folder)
{
	const auto path = folder + "/" + KEY_FILE;
	const auto file = readStateFile(path, identity::KeyIdentity::MAX_PEM);
	if (!file)
		return nullptr;
	if ((file->mode & OTHERS) != 0)
		throw StateError(StateError::CONFIGURATION,
			fmt::format(
				"others than its owner may use the key file {} (mode {:04o}). If nobody has, chmod 600 {} "
				"mends that; if somebody may have, move it away: the node then makes a new key, and "
				"with it has another worker id",
				path, file->mode, path));
	try
	{
		return identity::KeyIdentity::fromPem(file->text);
	}
	catch (const std::runtime_error& error)
	{
		throw StateError(StateError::CONFIGURATION,
			fmt::format("the key file {} cannot be used: {}. {}", path, error.what(), mending(path)));
	}
}

std::unique_ptr<const identity::KeyIdentity> makeKey(const StateDirectory& directory)
{
	auto key = identity::KeyIdentity::generate();
	writeStateFile(directory.file(KEY_FILE), key->pem());
	return key;
}

std::unique_ptr<const identity::KeyIdentity> keyFromVariable(const std::string& text)
{
	const auto pem = Poco::replace(text, std::string{"\\n"}, std::string{"\n"});
	try
	{
		return identity::KeyIdentity::fromPem(pem);
	}
	catch (const std::runtime_error& error)
	{
		throw StateError(StateError::CONFIGURATION,
			fmt::format(
				"GIMLET_NODE_KEY holds no key that this node can use: {}. It should hold what `openssl "
				"genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` prints",
				error.what()));
	}
}

}

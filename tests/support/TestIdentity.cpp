#include "tests/support/TestIdentity.h"

namespace gimlet::test
{

const Identity& testIdentity()
{
	static const auto identity =
		identity::KeyIdentity::fromPem("-----BEGIN PRIVATE KEY-----\n"
									   "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgya+p2EW6dRZrXCFX\n"
									   "Z7HWk05Qw9s26JsSe4piKxIPZyGhRANCAARg/tS6JVqdMclh63TGNW1owEm4kjth\n"
									   "+mzmaWIuYPKftnkD/hAIuLyZpBrp6VYovGTy8bIMLX6fUXejwpTURiKZ\n"
									   "-----END PRIVATE KEY-----\n");
	return *identity;
}

}

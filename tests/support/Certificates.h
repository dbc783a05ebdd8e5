#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace gimlet::test
{

/// A certificate with its key, as PEM texts.
struct Certificate
{
	std::string certificate;
	std::string key;
};

/// An authority of the test's own, made anew with each object (P-256 keys).
class CertificateAuthority
{
public:
	struct Subject
	{
		std::vector<std::string> names;
		std::vector<std::string> addresses;
		std::chrono::hours validFrom{-1}; ///< from now
		std::chrono::hours validUntil{24};
	};

	CertificateAuthority();
	CertificateAuthority(const CertificateAuthority&) = delete;
	CertificateAuthority& operator=(const CertificateAuthority&) = delete;
	~CertificateAuthority();

	/// The authority's own certificate, for a file of trusted ones.
	const std::string& certificate() const;

	Certificate issue(const Subject& subject) const;

private:
	struct State;
	std::unique_ptr<State> _state;
};

}

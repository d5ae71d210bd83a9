package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	secret "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/anypb"
)

// secrets answers each Envoy with a certificate for the trust domain and the account that its node's metadata name, as the agent
// beside a real proxy does.
type secrets struct {
	secret.UnimplementedSecretDiscoveryServiceServer
	root *x509.Certificate
	key  *ecdsa.PrivateKey
}

var signer *secrets

func serveSecrets(socket string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := certificate(1)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	template.Subject = pkix.Name{CommonName: "root of the mesh under test"}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	listener, err := listen(socket)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	signer = &secrets{root: root, key: key}
	secret.RegisterSecretDiscoveryServiceServer(server, signer)
	go func() { _ = server.Serve(listener) }()
	return nil
}

func certificate(serial int64) *x509.Certificate {
	return &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
}

func (s *secrets) StreamSecrets(stream secret.SecretDiscoveryService_StreamSecretsServer) error {
	for answers := 0; ; answers++ {
		request, err := stream.Recv()
		if err != nil {
			return err
		}
		if request.ResponseNonce != "" { // an acknowledgement
			continue
		}
		response := &discovery.DiscoveryResponse{TypeUrl: request.TypeUrl, VersionInfo: "1", Nonce: fmt.Sprint(answers)}
		for _, name := range request.ResourceNames {
			found, err := s.secret(name, request.Node)
			if err != nil {
				return err
			}
			packed, err := anypb.New(found)
			if err != nil {
				return err
			}
			response.Resources = append(response.Resources, packed)
		}
		if err := stream.Send(response); err != nil {
			return err
		}
	}
}

func (s *secrets) secret(name string, node *core.Node) (*tls.Secret, error) {
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.root.Raw})
	if name == "ROOTCA" {
		validation := &tls.CertificateValidationContext{TrustedCa: inline(root)}
		return &tls.Secret{Name: name, Type: &tls.Secret_ValidationContext{ValidationContext: validation}}, nil
	}
	metadata := node.GetMetadata().GetFields()
	account := fmt.Sprintf("/ns/%s/sa/%s", metadata["NAMESPACE"].GetStringValue(), metadata["SERVICE_ACCOUNT"].GetStringValue())
	chain, private, err := s.signed(metadata["TRUST_DOMAIN"].GetStringValue() + account)
	if err != nil {
		return nil, err
	}
	held := &tls.TlsCertificate{CertificateChain: inline(chain), PrivateKey: inline(private)}
	return &tls.Secret{Name: name, Type: &tls.Secret_TlsCertificate{TlsCertificate: held}}, nil
}

// pem is what a tunnel holds for an identity.
func (s *secrets) pem(identity string) (map[string]string, error) {
	chain, private, err := s.signed(identity)
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.root.Raw})
	return map[string]string{"chain": string(chain), "key": string(private), "root": string(root)}, err
}

// signed is a certificate for an identity: a trust domain, and the way to an account in it.
func (s *secrets) signed(identity string) (chain []byte, private []byte, err error) {
	domain, path, _ := strings.Cut(identity, "/")
	if domain == "" {
		domain = "cluster.local"
	}
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.root.Raw})
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := certificate(time.Now().UnixNano())
	template.URIs = []*url.URL{{Scheme: "spiffe", Host: domain, Path: "/" + path}}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	der, err := x509.CreateCertificate(rand.Reader, template, s.root, &key.PublicKey, s.key)
	if err != nil {
		return nil, nil, err
	}
	held, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	chain = append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), root...)
	return chain, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: held}), nil
}

func inline(content []byte) *core.DataSource {
	return &core.DataSource{Specifier: &core.DataSource_InlineBytes{InlineBytes: content}}
}
